/** A failed request, in words to show; `code` is one of the schema's ErrorCode, or UNREACHABLE or UNREADABLE. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status = 0,
    readonly retryAfterSeconds = 0,
  ) {
    super(retryAfterSeconds > 0 ? `${message} (Try again in ${retryAfterSeconds} s.)` : message);
  }
}

let clockOffset = 0;

/** The time by the server's clock: a wrong clock on this machine must not spoil when a token is renewed. */
export const serverNow = () => Date.now() + clockOffset;

export interface Reply {
  status: number;
  json: unknown;
  retryAfterSeconds: number;
}

/** Posts JSON to this origin; headers given by the caller win. Any status with a JSON body is a reply. */
export async function post(path: string, body: unknown, headers = new Headers()): Promise<Reply> {
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  let response: Response;
  try {
    response = await fetch(path, { method: 'POST', credentials: 'same-origin', headers, body: JSON.stringify(body) });
  } catch {
    throw new ApiError('The server cannot be reached.', 'UNREACHABLE');
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  if (date) clockOffset = date - Date.now();
  const retryAfterSeconds = Number(response.headers.get('retry-after')) || 0;
  try {
    return { status: response.status, json: await response.json(), retryAfterSeconds };
  } catch {
    const status = `${response.status} ${response.statusText}`.trim();
    throw new ApiError(`The server answered ${status} without JSON.`, 'UNREADABLE', response.status, retryAfterSeconds);
  }
}

/** A REST route: the body of a success, or the server's `{"error":{"code","message"}}` thrown. */
export async function rest<T>(path: string, body: unknown = {}, headers?: Headers): Promise<T> {
  const { status, json, retryAfterSeconds } = await post(path, body, headers);
  if (status >= 200 && status < 300) return json as T;
  const { error } = (json ?? {}) as { error?: { code?: string; message?: string } };
  throw new ApiError(error?.message ?? `The server answered ${status}.`, error?.code ?? 'INTERNAL', status, retryAfterSeconds);
}
