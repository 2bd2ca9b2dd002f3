/** Who is in: a session from the owner's one-time link, or nobody yet. */

"use client";

import { RingbackError } from "@ringback/sdk";
import { useCallback, useEffect, useState } from "react";

import { api, rememberCsrf } from "./api";

interface SessionAnswer {
  name: string;
  role: string;
  csrf: string;
}

interface WhereAnswer {
  backend?: string;
  mobile_api?: string;
  sync?: string;
}

export interface Places {
  live: string;
  sync: string;
}

export type Session =
  | { state: "looking" }
  | { state: "out"; trouble: string }
  | { state: "unreachable" }
  | { state: "in"; name: string; places: Places };

const LOOK_AGAIN_MS = 3_000;

/** Sign in by the code in the address, or find the session that is there. */
export function useSession(): {
  session: Session;
  leave: () => void;
  /** The session ended elsewhere: it was revoked, or is too old. */
  lapse: () => void;
} {
  const [session, setSession] = useState<Session>({ state: "looking" });

  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const found = await findSession();
      if (isGone) return;
      setSession(found);
      if (found.state === "unreachable") timer = setTimeout(look, LOOK_AGAIN_MS);
    };
    void look();
    // The link may be opened while the page is: then only the part behind the # changes.
    const onHash = () => void look();
    window.addEventListener("hashchange", onHash);
    return () => {
      isGone = true;
      clearTimeout(timer);
      window.removeEventListener("hashchange", onHash);
    };
  }, []);

  const lapse = useCallback(() => {
    rememberCsrf("");
    setSession({ state: "out", trouble: "" });
  }, []);

  const leave = useCallback(() => {
    void api("/v1/session", { method: "DELETE" })
      .catch(() => undefined)
      .then(lapse);
  }, [lapse]);

  return { session, leave, lapse };
}

// A code opens once. React may run an effect twice, so the attempt itself is shared.
const attempts = new Map<string, Promise<SessionAnswer>>();

async function findSession(): Promise<Session> {
  const code = new URLSearchParams(window.location.hash.slice(1)).get("code");
  try {
    const answer = code ? await signIn(code) : await api<SessionAnswer>("/v1/session");
    rememberCsrf(answer.csrf);
    return { state: "in", name: answer.name, places: await findPlaces() };
  } catch (failure) {
    if (!(failure instanceof RingbackError) || failure.status === 0 || failure.status >= 500) {
      return { state: "unreachable" };
    }
    return { state: "out", trouble: code ? failure.message : "" };
  }
}

function signIn(code: string): Promise<SessionAnswer> {
  let attempt = attempts.get(code);
  if (attempt === undefined) {
    attempt = api<SessionAnswer>("/v1/session", { method: "POST", body: { code } }).catch(
      (failure: unknown) => {
        // A link that was used in this very browser: its session is still there.
        if (failure instanceof RingbackError && failure.status > 0 && failure.status < 500) {
          return api<SessionAnswer>("/v1/session").catch(() => Promise.reject(failure));
        }
        attempts.delete(code); // not spent: it may be tried again
        throw failure;
      },
    );
    attempts.set(code, attempt);
  }
  return attempt.then((answer) => {
    // Neither the history nor a copied address shall hold the code.
    window.history.replaceState(null, "", window.location.pathname);
    return answer;
  });
}

/** Where the sockets are. A part that is served with the page is reached as the page itself was. */
async function findPlaces(): Promise<Places> {
  const here = window.location.origin;
  const where = await api<WhereAnswer>("/v1/where").catch((): WhereAnswer => ({}));
  const place = (part: string | undefined) => (!part || part === where.backend ? here : part);
  return { live: place(where.mobile_api), sync: place(where.sync) };
}
