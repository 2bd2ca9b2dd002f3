/** The page's way to the REST doors: by its session's cookie, and the header that proves it is us. */

import { request, type RestRequest } from "@ringback/sdk";

let csrf = "";

/** Remember the token that goes with everything that changes something. */
export function rememberCsrf(token: string): void {
  csrf = token;
}

/** Ask one of the doors. */
export function api<Answer>(
  path: string,
  options: Pick<RestRequest, "method" | "body" | "signal"> = {},
): Promise<Answer> {
  const headers: Record<string, string> = csrf ? { "X-Ringback-CSRF": csrf } : {};
  return request<Answer>(window.location.origin, path, { ...options, headers });
}

/** Fetch a one-use ticket for a socket. */
export async function ticket(purpose: "voice" | "documents"): Promise<string> {
  const answer = await api<{ ticket: string }>("/v1/tickets", {
    method: "POST",
    body: { purpose },
  });
  return answer.ticket;
}
