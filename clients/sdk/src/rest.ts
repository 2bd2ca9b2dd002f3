/** One request to Ringback's REST doors, with its errors made into ours. */

import { RingbackError } from "./errors.js";

export interface RestRequest {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  fetch?: typeof globalThis.fetch;
}

/** Ask, and return the parsed answer; the caller knows its shape from the OpenAPI page. */
export async function request<Answer>(
  url: string,
  path: string,
  options: RestRequest = {},
): Promise<Answer> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.token) headers["Authorization"] = `Bearer ${options.token}`;
  const init: RequestInit = {
    method: options.method ?? "GET",
    headers,
    credentials: "same-origin",
  };
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  if (options.signal) init.signal = options.signal;
  let response: Response;
  try {
    response = await (options.fetch ?? globalThis.fetch)(url.replace(/\/$/, "") + path, init);
  } catch (failure) {
    if ((failure as { name?: string }).name === "AbortError") throw failure;
    throw new RingbackError("Ringback does not answer.", { code: "unreachable" });
  }
  if (response.status === 204) return undefined as Answer;
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusal(response.status, answer);
  return answer as Answer;
}

function refusal(status: number, answer: unknown): RingbackError {
  const told = (answer as { error?: { code?: string; message?: string; cure?: string } } | undefined)
    ?.error;
  return new RingbackError(told?.message ?? `Ringback answered with status ${status}.`, {
    code: told?.code ?? "error",
    cure: told?.cure ?? "",
    status,
  });
}
