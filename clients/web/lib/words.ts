/** Moments and channels as a person says them. */

const DAY_MS = 86_400_000;

/** Say when something was: "today, 14:05", "Saturday, 09:10", "4 May 2025". */
export function moment(iso: string, now = new Date()): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const time = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  const days = Math.round((midnight(now) - midnight(at)) / DAY_MS);
  if (days === 0) return `today, ${time}`;
  if (days === 1) return `yesterday, ${time}`;
  if (days > 1 && days < 7) return `${at.toLocaleDateString(undefined, { weekday: "long" })}, ${time}`;
  return at.toLocaleDateString(undefined, { day: "numeric", month: "long", year: "numeric" });
}

const CHANNELS: Record<string, string> = {
  phone: "by phone",
  sms: "by text message",
  app: "in the app",
  web: "on this page",
  talk: "at the keyboard",
  api: "imported",
  import: "imported",
};

/** Say by which way something came. */
export function channel(name: string): string {
  return CHANNELS[name] ?? (name ? `by ${name}` : "");
}

/** Greet by the hour. */
export function greeting(name: string, now = new Date()): string {
  const hour = now.getHours();
  const part = hour >= 5 && hour < 12 ? "morning" : hour >= 12 && hour < 18 ? "afternoon" : "evening";
  return name && name !== "Owner" ? `Good ${part}, ${name}.` : `Good ${part}.`;
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
