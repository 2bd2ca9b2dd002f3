"use client";

import { useSession } from "@/lib/session";

import { Companion } from "./companion";
import { Logo } from "./icons";
import { SignIn } from "./sign-in";

/** The whole page: the way in, or the companion. */
export function App() {
  const { session, leave, lapse } = useSession();
  switch (session.state) {
    case "in":
      return (
        <Companion name={session.name} onLapse={lapse} onLeave={leave} places={session.places} />
      );
    case "out":
      return <SignIn trouble={session.trouble} />;
    default:
      return <Waiting isUnreachable={session.state === "unreachable"} />;
  }
}

function Waiting({ isUnreachable }: { isUnreachable: boolean }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-5 p-6 text-center">
      <Logo size={56} />
      {isUnreachable ? (
        <div role="alert">
          <h1 className="font-serif text-2xl">Ringback does not answer.</h1>
          <p className="mt-2 max-w-sm text-muted">
            Is it running, and are you connected? Start it with <code>ringback up</code>. This page
            keeps trying and goes on by itself.
          </p>
        </div>
      ) : (
        <p className="dots h-6" role="status">
          <span />
          <span />
          <span />
          <b className="sr-only">Opening</b>
        </p>
      )}
      <noscript>This page needs JavaScript to talk with you.</noscript>
    </main>
  );
}
