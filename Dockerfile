# The server in one image:
#
#     docker build --pull -t coulisses-crew .
#
# docs/deployment.md tells how to run it. It runs in production mode, so it needs a key. Without a DATABASE_URL it keeps a
# SQLite file in /data.
#
# The stages that build name the exact versions that rust-toolchain.toml and .ci/run name; a test compares them. The last
# stage names a Debian release and no build of it, so that `--pull` brings Debian's security updates. No image is named
# by its digest: a digest would keep these updates out until somebody changes it here.

FROM node:22.23.3-bookworm-slim AS graphiql
WORKDIR /src/graphiql
COPY graphiql/package.json graphiql/package-lock.json graphiql/.npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY graphiql/ ./
RUN npm run build


FROM rust:1.95.0-slim-bookworm AS server
# deploy/build runs the server on PostgreSQL between its two builds. Which version of it does not matter.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql procps python3 \
    && rm -rf /var/lib/apt/lists/* \
    && rustup component add llvm-tools
WORKDIR /src
COPY . .
COPY --from=graphiql /src/graphiql/dist graphiql/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    deploy/build \
    && install -m 755 target/optimised/coulisses-crew /usr/local/bin/coulisses-crew


# The program brings the public certificate authorities and the time zones with it. It needs only the C library.
FROM debian:bookworm-slim
RUN groupadd --system --gid 10001 crew \
    && useradd --system --uid 10001 --gid crew --home-dir /data --shell /usr/sbin/nologin crew \
    && install -d -o crew -g crew -m 700 /data
COPY --from=server /usr/local/bin/coulisses-crew /usr/local/bin/coulisses-crew

USER 10001:10001
# SQLite writes its temporary files into the current folder if no other one can be written to, as with --read-only.
WORKDIR /data
VOLUME /data
ENV APP_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000
EXPOSE 8000

# There is no curl in the image, but bash can ask: 200 as long as the server takes requests.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -u 3 _ status _ && [ \"$status\" = 200 ]"]

# An image cannot ask for more than the 10 seconds that `docker stop` allows. Stopping takes up to 30, so run it with
# `docker run --stop-timeout 40`.
ENTRYPOINT ["coulisses-crew"]
CMD ["serve"]
