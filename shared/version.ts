// Who we are: version, commit and build date (set by the build), and the versions of the HTTP API we speak.

declare const STIX_COMMIT: string | undefined;
declare const STIX_BUILD_DATE: string | undefined;

export const version = "0.1.0";
export const commit = typeof STIX_COMMIT === "string" ? STIX_COMMIT : "development";
export const buildDate = typeof STIX_BUILD_DATE === "string" ? STIX_BUILD_DATE : "unbuilt";

/** The HTTP API we answer: SkyPilot 0.14's, so that its clients accept us. */
export const api = {
  version: 62,
  minimum: 24,
  /** What the X-SkyPilot-Version header says. */
  compatibleWith: "0.14.1",
} as const;

/** The protocol between controller and skylet: lowest and highest we understand. */
export const protocol = { min: 1, max: 1 } as const;
