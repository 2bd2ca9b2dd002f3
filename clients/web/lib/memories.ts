/** What Ringback remembers, newest first, each with where it is known from. */

"use client";

import { RingbackError } from "@ringback/sdk";
import { useCallback, useEffect, useRef, useState } from "react";

import { api } from "./api";

export interface MemorySource {
  message_id: string;
  text: string;
  when: string;
  channel: string;
  speaker: string;
}

export interface Memory {
  id: string;
  text: string;
  when: string;
  sources: MemorySource[];
}

interface MemoryPage {
  memories: Memory[];
  next: string | number | null;
}

const PAGE = 30;

export interface Memories {
  memories: readonly Memory[] | undefined;
  trouble: string;
  hasMore: boolean;
  loadMore: () => void;
  reload: () => void;
}

/** Load the first page again at each `version`; older pages stay until then. */
export function useMemories(version: number): Memories {
  const [memories, setMemories] = useState<readonly Memory[]>();
  const [next, setNext] = useState<MemoryPage["next"]>(null);
  const [trouble, setTrouble] = useState("");
  const latest = useRef(0);

  const load = useCallback(async (before: MemoryPage["next"]) => {
    const mine = (latest.current += 1);
    const query = before === null ? "" : `&before=${encodeURIComponent(before)}`;
    try {
      const page = await api<MemoryPage>(`/v1/memory?limit=${PAGE}${query}`);
      if (mine !== latest.current) return;
      setMemories((known) => (before === null ? page.memories : [...(known ?? []), ...page.memories]));
      setNext(page.next);
      setTrouble("");
    } catch (failure) {
      if (mine !== latest.current) return;
      setTrouble(failure instanceof RingbackError ? failure.message : "The memory can't be shown.");
    }
  }, []);

  useEffect(() => void load(null), [load, version]);

  return {
    memories,
    trouble,
    hasMore: next !== null && next !== undefined,
    loadMore: () => void load(next),
    reload: () => void load(null),
  };
}
