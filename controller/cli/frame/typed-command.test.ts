// What the server may know of the words that were typed.
import { expect, test } from "bun:test";
import { typedCommand } from "./typed-command.ts";

test("values of secrets and tokens never leave, names do; other words are quoted as a shell needs them", () => {
  const words = [
    "launch",
    "--secret",
    "TOKEN=s3cret",
    "--secret=KEY=s3=cret",
    "--secret",
    "FROM_HERE",
    "--env",
    "A=b c",
    "it's",
  ];

  expect(typedCommand("stix", words)).toBe(
    "stix launch --secret TOKEN=<redacted> --secret=KEY=<redacted> --secret FROM_HERE --env 'A=b c' 'it'\\''s'",
  );
  expect(typedCommand("sky", ["api", "login", "--token", "sky_abc", "--service-account-token=sky_abc"])).toBe(
    "sky api login --token <redacted> --service-account-token=<redacted>",
  );
});
