"use client";

import { type Bar, duration, remarks, summary, ticks, type Timing, waterfall } from "@/lib/timing";

import { ChevronIcon } from "./icons";

/** How a turn went: its stages as bars on one axis. Read aloud it is a list with times. */
export function Waterfall({ timing }: { timing: Timing }) {
  return (
    <details
      aria-live="off"
      className="waterfall"
      data-testid="waterfall"
      onToggle={({ currentTarget: sheet }) => {
        if (sheet.open) sheet.scrollIntoView({ block: "nearest" });
      }}
    >
      <summary>
        <ChevronIcon />
        {summary(timing)}
      </summary>
      <Drawing timing={timing} />
    </details>
  );
}

function Drawing({ timing }: { timing: Timing }) {
  const { bars, axisMs } = waterfall(timing);
  return (
    <div className="waterfall-sheet">
      <ol aria-label="Stages of this turn">
        {bars.map((bar) => (
          <Row bar={bar} key={bar.name} />
        ))}
      </ol>
      <div aria-hidden="true" className="waterfall-row waterfall-axis">
        <span />
        <span className="waterfall-marks">
          {ticks(axisMs).map(({ at, words }) => (
            <span key={at} style={{ left: `${at}%` }}>
              {words}
            </span>
          ))}
        </span>
        <span />
      </div>
      <dl>
        {remarks(timing).map(([label, words], index) => (
          <div key={`${label} ${index}`}>
            <dt>{label}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Row({ bar }: { bar: Bar }) {
  const place = (left: number, width: number) => ({ left: `${left}%`, width: `${width}%` });
  return (
    <li className="waterfall-row">
      <span>{bar.name}</span>
      <span aria-hidden="true" className="waterfall-lane">
        <span
          className="waterfall-bar"
          data-goes-on={bar.goesOn || undefined}
          data-stage={bar.stage}
          style={place(bar.left, bar.width)}
        />
        {bar.gaps.map((gap) => (
          <span className="waterfall-gap" key={gap.left} style={place(gap.left, gap.width)} />
        ))}
        {bar.cutAt !== undefined && (
          <span className="waterfall-cut" style={{ left: `${bar.cutAt}%` }} />
        )}
      </span>
      <span>{duration(bar.toMs - bar.fromMs)}</span>
      <span className="sr-only">
        , from {duration(bar.fromMs)} to {duration(bar.toMs)}
      </span>
    </li>
  );
}
