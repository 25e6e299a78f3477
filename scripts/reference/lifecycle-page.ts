// The page of life cycles: what each state means, and which moves there are, as diagrams that are drawn where Markdown is shown.
import type { AnyLifecycle } from "#shared/lifecycle/moves.ts";
import { lifecycles } from "#shared/lifecycle/tables.ts";

export function lifecycleSections(): string {
  return lifecycles.map(section).join("\n\n");
}

function section(life: AnyLifecycle): string {
  const rows = life.order.map((name) => {
    const facts = life.states[name];
    const ends = facts?.terminal === true ? "; nothing comes after it" : "";
    return `| \`${name}\` | ${facts?.doc ?? ""}${ends} |`;
  });
  return [
    `## ${life.noun.charAt(0).toUpperCase()}${life.noun.slice(1)}`,
    "",
    "| state | means |",
    "| --- | --- |",
    ...rows,
    "",
    "```mermaid",
    mermaid(life),
    "```",
  ].join("\n");
}

/** Events between the same two states share an arrow. */
export function mermaid({ order, moves, states }: AnyLifecycle): string {
  const arrows = Map.groupBy(moves, ([from, , to]) => `${from ?? "[*]"} --> ${to}`);
  const drawn = [...arrows].map(([arrow, along]) => `  ${arrow}: ${along.map(([, event]) => event).join(", ")}`);
  const ends = order.filter((name) => states[name]?.terminal === true).map((name) => `  ${name} --> [*]`);
  return ["stateDiagram-v2", ...drawn, ...ends].join("\n");
}
