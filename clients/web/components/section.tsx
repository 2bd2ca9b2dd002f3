import type { ReactNode } from "react";

export function Section({
  title,
  aside,
  className,
  children,
}: {
  title: string;
  aside?: ReactNode;
  className: string;
  children: ReactNode;
}) {
  const id = `section-${title.toLowerCase()}`;
  return (
    <section aria-labelledby={id} className={`panel flex min-h-0 flex-col ${className}`}>
      <header className="flex min-h-14 items-center justify-between gap-3 px-5 pt-2">
        <h2 className="text-lg font-semibold" id={id}>
          {title}
        </h2>
        {aside}
      </header>
      <div className="min-h-0 flex-1 fading overflow-y-auto overscroll-contain pb-4" tabIndex={-1}>
        {children}
      </div>
    </section>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="px-5 pt-1 pb-5 leading-relaxed text-muted">{children}</p>;
}
