"use client";

import type { ReactNode } from "react";

import type { Trouble } from "@/lib/trouble";

import { CloseIcon } from "./icons";

export function TroubleCard({ trouble, onDismiss }: { trouble: Trouble; onDismiss: () => void }) {
  return (
    <div
      className="arrive mx-auto flex max-h-[50dvh] w-full max-w-2xl items-start gap-2 overflow-y-auto rounded-2xl bg-alert py-2.5 pr-2 pl-4 text-alert-ink"
      role="alert"
    >
      <div className="min-w-0 flex-1 py-1 text-[0.95rem] leading-6">
        {trouble.kind === "insecure" ? <Insecure /> : <Plain trouble={trouble} />}
      </div>
      <button
        aria-label="Close this message"
        className="icon-button size-8! text-alert-ink!"
        onClick={onDismiss}
        type="button"
      >
        <CloseIcon />
      </button>
    </div>
  );
}

function Plain({ trouble }: { trouble: Trouble }) {
  return (
    <p>
      <strong className="font-semibold">{trouble.message}</strong> {trouble.cure}
    </p>
  );
}

/** Over plain HTTP browsers give the microphone to pages of the same machine only. */
function Insecure() {
  const host = window.location.hostname;
  const port = window.location.port || "80";
  return (
    <>
      <p>
        <strong className="font-semibold">The microphone needs HTTPS.</strong> This page came over
        plain HTTP, where anybody on the way could listen in; so browsers keep the microphone shut.
        Typing works all the same. Three ways to HTTPS:
      </p>
      <ul className="mt-2 flex list-disc flex-col gap-2 pl-5">
        <li>
          A reverse proxy with a certificate, such as Caddy:
          <Command isLine>{`caddy reverse-proxy --from your.domain --to localhost:${port}`}</Command>
        </li>
        <li>
          A tunnel that brings its own address:
          <Command isLine>{`cloudflared tunnel --url http://localhost:${port}`}</Command>
        </li>
        <li>
          For yourself alone, and then open <Command>{`http://localhost:${port}`}</Command>
          <Command isLine>{`ssh -L ${port}:localhost:${port} ${host}`}</Command>
        </li>
      </ul>
      <p className="mt-2">
        With a proxy or tunnel, set <Command>RINGBACK_PUBLIC_URL</Command> to the new address and
        start Ringback again.
      </p>
    </>
  );
}

function Command({ children, isLine = false }: { children: ReactNode; isLine?: boolean }) {
  return (
    <code
      className={`rounded-md bg-alert-ink/10 px-1.5 py-0.5 text-[0.85em] wrap-break-word ${isLine ? "mt-1 block w-fit max-w-full" : ""}`}
    >
      {children}
    </code>
  );
}
