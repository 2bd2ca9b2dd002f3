import Link from "next/link";

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-6 text-center">
      <h1 className="font-serif text-3xl">There is nothing here.</h1>
      <Link className="button-quiet" href="/">
        To the companion
      </Link>
    </main>
  );
}
