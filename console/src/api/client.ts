// Every request to the node goes through here: same origin, the session's cookie, its CSRF token.
import { session } from "../state/session";

/** A refusal of the node (RFC 9457): what is wrong, who must mend it, what would be right. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly what: string,
    readonly right: string,
    readonly where: string,
    /** All of the answer, for refusals that carry more. */
    readonly body: Record<string, unknown>,
  ) {
    super(right ? `${what}: ${right}` : what);
  }
}

type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

interface Options {
  query?: Query;
  /** JSON, unless `type` says that it is a text or bytes of that content type. */
  body?: unknown;
  type?: string;
  signal?: AbortSignal;
}

function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** The raw answer; Problem when it is a refusal, or when the node cannot be reached (status 0). */
export async function ask(method: string, path: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = {};
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    headers["content-type"] = options.type ?? "application/json";
    init.body = options.type ? (options.body as BodyInit) : JSON.stringify(options.body);
  }
  const csrf = session.peek()?.csrf;
  if (csrf && method !== "GET") headers["x-parley-csrf"] = csrf;
  let answer: Response;
  try {
    answer = await fetch(address(path, options.query), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0, "unreachable", "the node does not answer", "", "", {});
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    body = { what: text.slice(0, 300) };
  }
  const word = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : "");
  if (answer.status === 401 && session.peek()) session.value = null;
  throw new Problem(
    answer.status,
    word("code") || "http",
    word("what") || answer.statusText,
    word("right"),
    word("where"),
    body,
  );
}

async function json<T>(method: string, path: string, options?: Options): Promise<T> {
  const answer = await ask(method, path, options);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  json<T>("GET", path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });

export const post = <T>(
  path: string,
  body: unknown,
  query?: Query,
  signal?: AbortSignal,
): Promise<T> =>
  json<T>("POST", path, { body, ...(query ? { query } : {}), ...(signal ? { signal } : {}) });

export const remove = <T>(path: string, query?: Query): Promise<T> =>
  json<T>("DELETE", path, query ? { query } : {});

/** Lets the officer keep a file that the node made. */
export async function download(name: string, answer: Response): Promise<void> {
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
