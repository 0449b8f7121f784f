/** The session has ended: signed out elsewhere, or not used for too long. */
export class SessionEnded extends Error {}

/** What one of the cookie's routes refused, by its code. */
export class Refused extends Error {
  readonly code: string;

  constructor({ code, message }: { code: string; message: string }) {
    super(message);
    this.code = code;
  }
}

/**
 * Who is signed in, from then on until they sign out or change the organisation. The access token is kept in this object
 * and nowhere else; the refresh token is a cookie that no script can read. So a reloaded page has neither and asks for a
 * new access token.
 */
export class Session {
  readonly #server: string;
  #access: { token: string; expiresAt: number } | undefined;
  #renewal: Promise<void> | undefined;
  #replaced = false;

  constructor(server: string) {
    this.#server = server;
  }

  get token(): string | undefined {
    return this.#access?.token;
  }

  /** Whether the token has run out, as far as this machine's clock can tell. */
  get expired(): boolean {
    return this.#access !== undefined && this.#access.expiresAt <= Date.now();
  }

  /** Takes up what signing in or renewing answered. */
  start(token: string, expiresAt: string) {
    if (this.#replaced) throw new SessionEnded(); // while it was renewed
    const instant = Date.parse(expiresAt);
    // A fresh token that seems to be over: the clock here is wrong. Then only the server can tell when it ends.
    this.#access = { token, expiresAt: instant > Date.now() ? instant : Infinity };
  }

  /**
   * Replaces a token that is over, or none, through the cookie. The cookie works once, so all who ask at the same
   * time share one request, and who comes late with a token that is replaced already has nothing to wait for.
   */
  async renew(old: string | undefined) {
    if (old === this.token) {
      this.#renewal ??= this.#refresh().finally(() => (this.#renewal = undefined));
      await this.#renewal;
    } else if (!this.token) {
      throw new SessionEnded();
    }
  }

  /** Somebody signs in, or the organisation changes. What was sent for this session is not sent again for the next. */
  replace(): Session {
    this.#replaced = true;
    this.#access = undefined;
    return new Session(this.#server);
  }

  async signOut() {
    // A renewal under way would set the cookie anew.
    await this.#renewal?.catch(() => undefined);
    await this.#post('logout');
    this.#access = undefined;
  }

  async #refresh() {
    const answer = await this.#post('refresh');
    this.start(answer.access_token, answer.expires_at);
  }

  async #post(route: 'refresh' | 'logout') {
    const response = await fetch(`${this.#server}/api/v1/auth/${route}`, { method: 'POST', credentials: 'include' });
    const answer = await response.json();
    if (response.ok) return answer;
    if (response.status !== 401) throw new Refused(answer.error); // overloaded, say: the session goes on
    this.#access = undefined;
    throw new SessionEnded();
  }
}
