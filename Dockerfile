# The server in one image: docker build -t coulisses-crew .
# It runs in production mode, so it needs a SECRET_KEY of 32 bytes or more. Without a DATABASE_URL it keeps a SQLite
# file in /data; see compose.yaml for PostgreSQL.

FROM node:22-bookworm-slim AS graphiql
WORKDIR /src/graphiql
COPY graphiql/package.json graphiql/package-lock.json graphiql/.npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY graphiql/ ./
RUN npm run build


FROM rust:1.95-slim-bookworm AS server
WORKDIR /src
COPY . .
COPY --from=graphiql /src/graphiql/dist graphiql/dist
# The caches are gone after the step, so the program is taken out of them within it.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked \
    && install -m 755 target/release/coulisses-crew /usr/local/bin/coulisses-crew


FROM debian:bookworm-slim
RUN groupadd --system --gid 10001 crew \
    && useradd --system --uid 10001 --gid crew --home-dir /data --shell /usr/sbin/nologin crew \
    && install -d -o crew -g crew -m 700 /data
COPY --from=server /usr/local/bin/coulisses-crew /usr/local/bin/coulisses-crew

USER 10001:10001
WORKDIR /data
VOLUME /data
ENV APP_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000
EXPOSE 8000

# There is no curl in the image, but bash can ask: 200 as long as the server takes requests.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -u 3 _ status _ && [ \"$status\" = 200 ]"]

ENTRYPOINT ["coulisses-crew"]
CMD ["serve"]
