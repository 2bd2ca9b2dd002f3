"use client";

import { type FormEvent, useState } from "react";

import { Logo } from "./icons";

const COMMAND = "ringback owner link";

export function SignIn({ trouble }: { trouble: string }) {
  const [pasted, setPasted] = useState("");
  const [isCopied, setCopied] = useState(false);

  const open = (event: FormEvent) => {
    event.preventDefault();
    const text = pasted.trim();
    const code = /[#&]code=([^&\s]+)/.exec(text)?.[1] ?? encodeURIComponent(text);
    if (!code) return;
    // The same way as the link itself takes; a code that failed before is tried again.
    window.location.hash = "";
    window.location.hash = `code=${code}`;
  };

  const copy = async () => {
    await navigator.clipboard?.writeText(COMMAND).then(() => setCopied(true));
  };

  return (
    <main className="flex min-h-dvh items-center justify-center p-5">
      <div className="panel w-full max-w-md rounded-[2rem] p-7 sm:p-9">
        <Logo size={52} />
        <h1 className="mt-5 font-serif text-3xl">This companion knows its owner.</h1>
        {trouble ? (
          <p className="mt-4 rounded-2xl bg-alert px-4 py-3 text-alert-ink" role="alert">
            <strong className="font-semibold">That link does not open it.</strong> A link works once and
            for a day. Make a new one:
          </p>
        ) : (
          <p className="mt-3 leading-relaxed text-muted">
            To come in, run this where Ringback runs, and open the one-time link it prints in this
            browser:
          </p>
        )}
        <div className="mt-4 flex items-center justify-between gap-2 rounded-2xl bg-raised py-2 pr-2 pl-4">
          <code className="font-mono text-[0.95rem]">{COMMAND}</code>
          <button className="button-quiet py-1.5! text-sm" onClick={() => void copy()} type="button">
            {isCopied ? "Copied" : "Copy"}
          </button>
        </div>
        <form className="mt-6 border-t border-line pt-5" onSubmit={open}>
          <label className="text-sm font-semibold" htmlFor="link">
            Or paste the link or its code here
          </label>
          <div className="mt-2 flex gap-2">
            <input
              autoCapitalize="characters"
              autoComplete="off"
              className="field"
              id="link"
              onChange={(event) => setPasted(event.target.value)}
              spellCheck={false}
              value={pasted}
            />
            <button className="button-full flex-none" disabled={!pasted.trim()} type="submit">
              Open
            </button>
          </div>
        </form>
      </div>
    </main>
  );
}
