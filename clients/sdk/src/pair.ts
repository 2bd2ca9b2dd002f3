/** Pairing: a short code becomes this device's own token. */

import { request, type RestRequest } from "./rest.js";

export interface PairedDevice {
  /** The device's id, by which its owner can remove it. */
  id: string;
  /** The secret: shown this once, to be kept in the platform's secure store. */
  token: string;
  /** Whose device it is. */
  person: string;
}

/** Spend a pairing code, as typed or as scanned, and return the device's token. */
export async function pair(
  url: string,
  code: string,
  name: string,
  options: Pick<RestRequest, "fetch" | "signal"> = {},
): Promise<PairedDevice> {
  return request<PairedDevice>(url, "/v1/devices", {
    method: "POST",
    body: { code, name },
    ...options,
  });
}

/** Read what a pairing QR code says: `ringback://pair?url=…&code=…`. */
export function readPairingLink(text: string): { url: string; code: string } | undefined {
  const query = /^ringback:\/\/pair\?(.+)$/.exec(text.trim())?.[1];
  if (query === undefined) return undefined;
  // Not URLSearchParams: React Native's own is incomplete.
  const fields = new Map(
    query.split("&").map((field) => {
      const [name = "", value = ""] = field.split("=", 2);
      return [name, decodeURIComponent(value.replace(/\+/g, " "))] as const;
    }),
  );
  const url = fields.get("url");
  const code = fields.get("code");
  return url && code ? { url, code } : undefined;
}
