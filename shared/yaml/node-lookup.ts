// Finds the node of a parsed document that a path leads to, through aliases and merged mappings.
import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLSeq } from "yaml";
import { dereferenced, type AliasTargets } from "./aliases.ts";
import type { YamlPath } from "./fault.ts";
import { scalarValue } from "./scalar-node.ts";

/** The node at the path; undefined when the path leads nowhere. */
export function findExact(root: Node | null, path: YamlPath, targets: AliasTargets): Node | undefined {
  let node: Node | undefined = root ?? undefined;
  for (const step of path) {
    const child = childOf(node, step, targets);
    if (child === undefined) return undefined;
    node = child.value ?? undefined;
  }
  return dereferenced(node, targets);
}

/** The node at the path or its key; the nearest parent when the path leads nowhere. */
export function findNode(
  root: Node | null,
  path: YamlPath,
  part: "key" | "value",
  targets: AliasTargets,
): Node | null | undefined {
  let node: Node | null | undefined = root;
  for (const [index, step] of path.entries()) {
    const child = childOf(node, step, targets);
    if (child === undefined) return node;
    const isLast = index === path.length - 1;
    if (isLast && part === "key" && child.key !== undefined) return child.key;
    node = child.value ?? child.key;
  }
  return node;
}

interface Child {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function childOf(parent: Node | null | undefined, step: string | number, targets: AliasTargets): Child | undefined {
  const node = dereferenced(parent, targets);
  if (isSeq(node)) return sequenceChild(node, Number(step));
  if (!isMap(node)) return undefined;
  let merged: Child | undefined;
  for (const pair of node.items) {
    const key = isAlias(pair.key) ? dereferenced(pair.key, targets) : pair.key;
    if (!isScalar(key)) continue;
    const resolved = scalarValue(key);
    if (resolved?.text === String(step)) return { key, value: asNode(pair.value) };
    if (resolved?.kind === "merge") merged = mergedChild(asNode(pair.value), step, targets) ?? merged;
  }
  return merged;
}

function mergedChild(source: Node | undefined, step: string | number, targets: AliasTargets): Child | undefined {
  const node = dereferenced(source, targets);
  if (!isSeq(node)) return childOf(node, step, targets);
  for (const item of node.items) {
    const found = childOf(asNode(item), step, targets);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sequenceChild(node: YAMLSeq, index: number): Child | undefined {
  const item = asNode(node.items[index]);
  return item === undefined ? undefined : { key: undefined, value: item };
}

function asNode(value: unknown): Node | undefined {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
}
