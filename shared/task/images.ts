// Reads `image_id`: machine images by region, and containers.
import { factsOf } from "../clouds.ts";
import { pythonRepr, pythonStrip } from "../yaml/python-text.ts";
import { refuse, SCHEMA_ERROR, within, type Scope } from "./report.ts";

export const DOCKER_PREFIX = "docker:";

/** Region (or "" for any) to image; key "docker" for a container on top of it. */
export function readImages(
  scope: Scope,
  value: string | Readonly<Record<string, unknown>>,
  place: { readonly cloud?: string; readonly region?: string },
): Readonly<Record<string, string>> | undefined {
  const isContainer = factsOf(place.cloud)?.containersOnly === true;
  if (typeof value === "string") return { [place.region ?? ""]: regionImage(pythonStrip(value), isContainer) };
  const images: Record<string, string> = {};
  for (const [key, image] of Object.entries(value)) {
    if (typeof image !== "string") {
      return refuse(within(scope, key), SCHEMA_ERROR, `image_id: ${pythonRepr(image)} is not of type 'string', text`);
    }
    // YAML's null as a key stands for every region.
    const region = key === "None" ? "" : pythonStrip(key);
    images[region] =
      key === "docker" ? pythonStrip(image).replace(/^docker:/, "") : regionImage(pythonStrip(image), isContainer);
  }
  const twice = Object.entries(images).find(
    ([region, image]) => region !== "docker" && image.startsWith(DOCKER_PREFIX),
  );
  if (images["docker"] !== undefined && twice !== undefined) {
    return refuse(
      scope,
      "ValueError",
      `image_id has the key 'docker' and a container for a region too: '${twice[1]}'`,
      {
        hint: "name the container once, with the key docker",
      },
    );
  }
  return Object.keys(images).length === 0 ? undefined : images;
}

function regionImage(image: string, isContainer: boolean): string {
  return isContainer && !image.startsWith(DOCKER_PREFIX) ? DOCKER_PREFIX + image : image;
}

/** Whether a container runs on the node rather than the machine image alone. */
export function hasContainer(images: Readonly<Record<string, string>> | undefined): boolean {
  if (images === undefined) return false;
  return images["docker"] !== undefined || Object.values(images).some((image) => image.startsWith(DOCKER_PREFIX));
}
