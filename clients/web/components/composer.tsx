"use client";

import { type FormEvent, type KeyboardEvent, useRef, useState } from "react";

import { SendIcon } from "./icons";

const CHARACTERS_MAX = 4_000; // the wire's limit

export function Composer({ onSend }: { onSend: (text: string) => void }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (!text.trim()) return;
    onSend(text);
    setText("");
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };

  return (
    <form className="mx-auto flex w-full max-w-2xl items-end gap-2" onSubmit={send}>
      <label className="sr-only" htmlFor="words">
        Type instead of talking
      </label>
      <textarea
        className="field field-sizing-content max-h-40 min-h-11 resize-none rounded-3xl px-5 leading-6"
        enterKeyHint="send"
        id="words"
        maxLength={CHARACTERS_MAX}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="Or type here"
        ref={field}
        rows={1}
        value={text}
      />
      <button
        aria-label="Send"
        className="button-full size-11 flex-none p-0!"
        disabled={!text.trim()}
        title="Send"
        type="submit"
      >
        <SendIcon />
      </button>
    </form>
  );
}
