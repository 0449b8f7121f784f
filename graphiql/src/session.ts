import { ApiError, post, rest, serverNow } from './http';

export interface GraphQLRequest {
  query: string;
  variables?: unknown;
  operationName?: string | null;
}

export interface GraphQLAnswer<T = Record<string, unknown>> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string; reason?: string; retryAfterSeconds?: number } }[];
}

export interface SessionState {
  /** `starting`: not known yet, or changing. */
  phase: 'starting' | 'out' | 'in';
  /** How many access tokens were taken so far: a new one may stand for another account, organisation or role. */
  grants: number;
  /** Why the session ended or could not be renewed. */
  notice: string;
}

const RETRY_SECONDS = 30;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The signed-in session. The access token lives in this object only, so that no script of a later page can read
 * it; the refresh token is an httpOnly cookie which JavaScript never sees.
 */
export class Session {
  #state: SessionState = { phase: 'starting', grants: 0, notice: '' };
  #listeners = new Set<() => void>();
  #token = '';
  /** Whose token it is. It goes up when somebody else signs in on this page, not when a token is renewed. */
  #holder = 0;
  #timer = 0;
  #renewal: Promise<void> | undefined;

  readonly snapshot = () => this.#state;
  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Somebody has signed in, or moved to another organisation. */
  adopt(token: string, expiresAt: string) {
    this.#holder += 1;
    this.#take(token, expiresAt);
  }

  /** The cookie stands for somebody else by now: takes up a token of theirs. */
  async follow() {
    this.#holder += 1;
    // A renewal under way began with the cookie of before.
    await this.idle();
    await this.renew();
  }

  /** Takes a fresh access token into use and renews it shortly before it lapses. */
  #take(token: string, expiresAt: string) {
    this.#token = token;
    const lifetime = Math.max(0, Date.parse(expiresAt) - serverNow()) || 0;
    this.#renewIn(Math.max(10_000, lifetime - Math.min(60_000, lifetime / 4)));
    this.#set({ phase: 'in', grants: this.#state.grants + 1, notice: '' });
  }

  async login(email: string, password: string) {
    const grant = await rest<{ access_token: string; expires_at: string }>('/api/v1/auth/login', { email, password });
    this.adopt(grant.access_token, grant.expires_at);
  }

  /** Forgets the token whatever the server says; waits for a renewal first, as that would set a new cookie. */
  async logout() {
    await this.#renewal;
    const headers = new Headers({ authorization: `Bearer ${this.#token}` });
    this.#forget('', 'starting');
    const failure = await rest('/api/v1/auth/logout', {}, headers).then(
      () => undefined,
      (error: ApiError) => error,
    );
    const ended = !failure || failure.status === 401;
    this.#forget(ended ? '' : `Signed out here, but the server did not confirm: ${failure.message}`);
  }

  /** Resolves when no renewal is under way. */
  async idle() {
    await this.#renewal;
  }

  /** Renews the token through the cookie. Callers at the same time share one request: the cookie works once. */
  renew(): Promise<void> {
    this.#renewal ??= this.#refresh().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  /**
   * Sends a GraphQL request. When the token turns out to be void, renews it once and repeats the request, unless
   * part of it has run, the caller brought an Authorization header of their own, or somebody else has signed in since.
   */
  async graphql<T = Record<string, unknown>>(request: GraphQLRequest, { headers = {} as HeadersInit, renew = true } = {}) {
    if (!this.#token) await this.#renewal;
    const [token, holder] = [this.#token, this.#holder];
    const answer = await this.#send<T>(request, token, headers);
    if (!renew || !token || new Headers(headers).has('authorization') || !refusedWhole(answer)) return answer;
    if (token === this.#token) await this.renew();
    const renewed = this.#token && this.#token !== token && this.#holder === holder;
    return renewed ? this.#send<T>(request, this.#token, headers) : answer;
  }

  async #send<T>(request: GraphQLRequest, token: string, extra: HeadersInit): Promise<GraphQLAnswer<T>> {
    const headers = new Headers(extra);
    if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
    if (!headers.has('accept')) headers.set('accept', 'application/graphql-response+json, application/json');
    const { status, json } = await post('/graphql', request, headers);
    if (json && typeof json === 'object' && ('data' in json || 'errors' in json)) return json as GraphQLAnswer<T>;
    throw new ApiError(`The server answered ${status} without a GraphQL result.`, 'UNREADABLE', status);
  }

  async #refresh() {
    try {
      const grant = await rest<{ access_token: string; expires_at: string }>('/api/v1/auth/refresh');
      this.#take(grant.access_token, grant.expires_at);
    } catch (error) {
      const { status, message, retryAfterSeconds } = error as ApiError;
      if (status === 401) return this.#forget(this.#token && 'The session has ended. Sign in again.');
      if (!this.#token) return this.#forget(message);
      // Overloaded or away: what we hold may still be good, and the cookie is.
      this.#renewIn(Math.max(RETRY_SECONDS, retryAfterSeconds) * 1000);
      this.#set({ notice: `The session could not be renewed: ${message}` });
    }
  }

  #renewIn(milliseconds: number) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.renew(), Math.min(milliseconds, LONGEST_TIMER_MS));
  }

  #forget(notice: string, phase: SessionState['phase'] = 'out') {
    clearTimeout(this.#timer);
    this.#token = '';
    this.#set({ phase, notice });
  }

  #set(change: Partial<SessionState>) {
    this.#state = { ...this.#state, ...change };
    this.#listeners.forEach((listener) => listener());
  }
}

/**
 * Refused for its token before anything ran: repeating it cannot do a thing twice. (MISSING beside a token means that
 * another account has to sign in, which no renewal helps.)
 */
const refusedWhole = ({ data, errors }: GraphQLAnswer<unknown>) =>
  errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED' && extensions.reason !== 'MISSING') &&
  Object.values(data ?? {}).every((value) => value === null);
