/** Waits for news on the feed, so that what a phone call left behind shows up here by itself. */

"use client";

import { RingbackError } from "@ringback/sdk";
import { useEffect, useState } from "react";

import { api } from "./api";

interface FeedAnswer {
  cursor: number;
}

const WAIT_S = 25;
const RETRY_MS = 3_000;

/** Return a number that grows with every news, and whether Ringback answers. */
export function useNews(onSignedOut: () => void): { news: number; isReachable: boolean } {
  const [news, setNews] = useState(0);
  const [isReachable, setReachable] = useState(true);

  useEffect(() => {
    const stop = new AbortController();
    const follow = async () => {
      let after: number | undefined;
      while (!stop.signal.aborted) {
        const query: string = after === undefined ? "" : `&after=${after}&wait_s=${WAIT_S}`;
        try {
          const page = await api<FeedAnswer>(`/v1/feed?limit=1${query}`, { signal: stop.signal });
          setReachable(true);
          if (after !== page.cursor) setNews((count) => count + 1);
          after = page.cursor;
        } catch (failure) {
          if (stop.signal.aborted) return;
          if (failure instanceof RingbackError && failure.status === 401) return onSignedOut();
          setReachable(false);
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    };
    void follow();
    return () => stop.abort();
  }, [onSignedOut]);

  return { news, isReachable };
}
