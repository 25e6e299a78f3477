// Reads what the test runner wrote in JUnit's format: which files gave a result, how many tests passed, and which did not.

export interface JunitResult {
  readonly passed: number;
  /** "file: name of the test", skipped ones included: a test that does not run proves nothing. */
  readonly failures: readonly string[];
  readonly files: ReadonlySet<string>;
}

/** `xml` is a whole report; an empty or broken one has no files and no tests. */
export function readJunit(xml: string): JunitResult {
  const files = new Set<string>();
  const failures: string[] = [];
  let passed = 0;
  for (const [, attributes = "", body = ""] of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const file = attribute(attributes, "file").replace(/^\.\//, "");
    files.add(file);
    const outcome = /<(failure|error|skipped)\b/.exec(body)?.[1];
    if (outcome === undefined) passed += 1;
    else failures.push(`${file}: ${attribute(attributes, "name")} (${outcome})`);
  }
  return { passed, failures, files };
}

function attribute(attributes: string, name: string): string {
  const raw = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return raw
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
