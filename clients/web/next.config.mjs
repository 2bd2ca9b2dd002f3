import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A static export: the backend serves the folder `out`, and no Node runs beside it. */
const config = {
  output: "export",
  reactStrictMode: true,
  poweredByHeader: false,
  images: { unoptimized: true },
  // The same source gives the same files, whoever builds it and when.
  generateBuildId: () => "ringback",
  turbopack: { root: dirname(dirname(fileURLToPath(import.meta.url))) },
};

export default config;
