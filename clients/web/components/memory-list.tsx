"use client";

import type { Memories, Memory } from "@/lib/memories";
import { channel, moment } from "@/lib/words";

import { Empty, Section } from "./section";

export function MemoryList({ memories, className }: { memories: Memories; className: string }) {
  const known = memories.memories;
  return (
    <Section className={className} title="Memory">
      {memories.trouble && (
        <div className="px-5 pb-3 text-sm text-muted" role="alert">
          {memories.trouble}{" "}
          <button className="font-semibold text-ink underline" onClick={memories.reload} type="button">
            Try again
          </button>
        </div>
      )}
      {known?.length === 0 && (
        <Empty>
          Nothing yet. Say <em>“Remember that my sister Anna has her birthday on the fourth of May”</em>{" "}
          and it will appear here, with where it is known from.
        </Empty>
      )}
      <ol className="flex flex-col px-2 pb-3" data-testid="memories">
        {known?.map((memory) => (
          <Remembered key={memory.id} memory={memory} />
        ))}
      </ol>
      {memories.hasMore && (
        <div className="px-5 pb-5">
          <button className="button-quiet text-sm" onClick={memories.loadMore} type="button">
            Show older ones
          </button>
        </div>
      )}
    </Section>
  );
}

function Remembered({ memory }: { memory: Memory }) {
  return (
    <li className="arrive rounded-2xl px-3 py-2.5 hover:bg-raised/60">
      <p className="leading-snug font-medium break-words first-letter:uppercase">{memory.text}</p>
      {memory.sources.map((source) => (
        <p className="mt-1 text-[0.82rem] leading-5 text-muted" key={source.message_id}>
          {source.text !== memory.text && (
            <>
              <q className="font-serif text-[0.95rem] italic">{source.text}</q>
              <br />
            </>
          )}
          {[source.speaker, moment(source.when), channel(source.channel)].filter(Boolean).join(" · ")}
        </p>
      ))}
    </li>
  );
}
