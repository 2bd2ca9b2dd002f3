"use client";

import type { Trouble } from "@/lib/talk";

import { CloseIcon } from "./icons";

export function TroubleCard({ trouble, onDismiss }: { trouble: Trouble; onDismiss: () => void }) {
  return (
    <div
      className="arrive mx-auto flex w-full max-w-2xl items-start gap-2 rounded-2xl bg-alert py-3 pr-2 pl-4 text-alert-ink"
      role="alert"
    >
      <div className="min-w-0 flex-1 text-[0.95rem] leading-6">
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
          A reverse proxy with a certificate, such as Caddy:{" "}
          <Command>caddy reverse-proxy --from your.domain --to {`${host}:${port}`}</Command>
        </li>
        <li>
          A tunnel that brings its own address:{" "}
          <Command>{`cloudflared tunnel --url http://localhost:${port}`}</Command>
        </li>
        <li>
          For yourself only: <Command>{`ssh -L ${port}:localhost:${port} ${host}`}</Command> and open{" "}
          <Command>{`http://localhost:${port}`}</Command>
        </li>
      </ul>
      <p className="mt-2">
        With a proxy or tunnel, set <Command>RINGBACK_PUBLIC_URL</Command> to the new address and
        start Ringback again.
      </p>
    </>
  );
}

function Command({ children }: { children: React.ReactNode }) {
  return (
    <code className="rounded-md bg-alert-ink/10 px-1.5 py-0.5 text-[0.85em] break-all">{children}</code>
  );
}
