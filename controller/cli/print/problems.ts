// What is wrong in a task file, as the error that the user sees: the places with carets, several in one go.
import { StixError } from "#shared/errors/stix-error.ts";
import { formatProblem, type Problem } from "#shared/task/problem.ts";

// More than this scrolls the first one away.
const SHOWN_MAX = 5;

/** `file` undefined: the problems are of flags and stand in no file. */
export function taskProblems(problems: readonly Problem[], file: string | undefined): StixError {
  const [first] = problems;
  const message = first?.message ?? "the task cannot be read";
  if (file === undefined)
    return new StixError({ code: "usage", message, hint: first?.hint ?? "{program} launch --help" });
  const shown = problems
    .slice(0, SHOWN_MAX)
    .map((problem, at) => `${at === 0 ? "error" : "also"}: ${formatProblem(withoutHint(problem), file)}`);
  const more =
    problems.length > SHOWN_MAX ? [`and ${problems.length - SHOWN_MAX} more: {program} task validate ${file}`] : [];
  return new StixError({
    code: "bad-yaml",
    message,
    hint: first?.hint ?? `{program} task validate ${file}`,
    details: {
      excerpt: [...shown, ...more].join("\n"),
      ...(first !== undefined && { exception: first.class }),
      problems,
    },
  });
}

function withoutHint({ hint: _hint, ...problem }: Problem): Problem {
  return problem;
}
