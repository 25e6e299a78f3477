// No secret shows, and everything else stays as written.
import { describe, expect, test } from "bun:test";
import { formatDag, formatTask } from "./format.ts";
import { maskTask, maskYaml, REDACTED } from "./mask.ts";
import { parseDag } from "./parse.ts";

const login = "SKYPILOT_DOCKER_USERNAME: u, SKYPILOT_DOCKER_PASSWORD: hush-3, SKYPILOT_DOCKER_SERVER: s";

describe("task/mask", () => {
  test("a masked task holds no secret anywhere, not even in the user's own text", () => {
    const text = `run: x\nsecrets: {A: hush-1, B: hush-2}\nenvs: {${login}, C: open}\nresources: {image_id: 'docker:x'}\n`;
    const parsed = parseDag(text);
    if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
    const dag = { ...parsed.dag, tasks: parsed.dag.tasks.map((task) => ({ ...task, userYaml: text })) };

    const shown = JSON.stringify(dag.tasks.map(maskTask)) + formatDag(dag, { secrets: "mask" });

    expect(shown).not.toContain("hush");
    expect(shown).toContain("open");
    expect(formatDag(dag, { secrets: "keep" })).toContain("hush-1");
  });

  test("the rest of a file stays as written, comments and all", () => {
    const text = '# keep me\nsecrets:\n  A: hush # why\n  B: |\n    hush\n    hush\n  "secrets:C":\nrun: echo\n';

    expect(maskYaml(text)).toBe(
      `# keep me\nsecrets:\n  A: "${REDACTED}" # why\n  B: "${REDACTED}"\n  "secrets:C":\nrun: echo\n`,
    );
  });

  test("secrets behind an alias, in every document, and in serialized text are found", () => {
    const text =
      'envs: &e {A: hush}\nsecrets: *e\n---\nsecrets: {B: hush}\n_user_specified_yaml: "secrets: {B: hush}"\nresources: {_docker_login_config: {username: u, password: hush, server: s}}\n';

    expect(maskYaml(text)).not.toContain("hush");
  });

  test("a text that cannot be read is hidden as a whole", () => {
    expect(maskYaml("secrets: {A: hush\nrun: [")).toBe(REDACTED);
  });

  test("a masked task is still a task", () => {
    const parsed = parseDag("secrets: {A: hush}\nrun: x");
    const [task] = parsed.ok ? parsed.dag.tasks : [];

    const again = parseDag(task === undefined ? "" : formatTask(task, { secrets: "mask" }));

    expect(again.ok && again.dag.tasks[0]?.secrets).toEqual({ A: REDACTED });
  });
});
