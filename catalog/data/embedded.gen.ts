// Where each embedded price table lies, in the sources and inside a compiled program. Written by scripts/catalog/reshape.ts.
import aws from "./aws.bin" with { type: "file" };
import azure from "./azure.bin" with { type: "file" };
import cudo from "./cudo.bin" with { type: "file" };
import digitalOcean from "./do.bin" with { type: "file" };
import fluidstack from "./fluidstack.bin" with { type: "file" };
import gcp from "./gcp.bin" with { type: "file" };
import hyperbolic from "./hyperbolic.bin" with { type: "file" };
import hyperstack from "./hyperstack.bin" with { type: "file" };
import ibm from "./ibm.bin" with { type: "file" };
import lambda from "./lambda.bin" with { type: "file" };
import mithril from "./mithril.bin" with { type: "file" };
import nebius from "./nebius.bin" with { type: "file" };
import oci from "./oci.bin" with { type: "file" };
import ovhcloud from "./ovhcloud.bin" with { type: "file" };
import paperspace from "./paperspace.bin" with { type: "file" };
import primeintellect from "./primeintellect.bin" with { type: "file" };
import runpod from "./runpod.bin" with { type: "file" };
import scaleway from "./scaleway.bin" with { type: "file" };
import scp from "./scp.bin" with { type: "file" };
import seeweb from "./seeweb.bin" with { type: "file" };
import shadeform from "./shadeform.bin" with { type: "file" };
import vast from "./vast.bin" with { type: "file" };
import verda from "./verda.bin" with { type: "file" };

/** Cloud to the path of its table. */
export const embeddedTables: ReadonlyMap<string, string> = new Map([
  ["aws", aws],
  ["azure", azure],
  ["cudo", cudo],
  ["do", digitalOcean],
  ["fluidstack", fluidstack],
  ["gcp", gcp],
  ["hyperbolic", hyperbolic],
  ["hyperstack", hyperstack],
  ["ibm", ibm],
  ["lambda", lambda],
  ["mithril", mithril],
  ["nebius", nebius],
  ["oci", oci],
  ["ovhcloud", ovhcloud],
  ["paperspace", paperspace],
  ["primeintellect", primeintellect],
  ["runpod", runpod],
  ["scaleway", scaleway],
  ["scp", scp],
  ["seeweb", seeweb],
  ["shadeform", shadeform],
  ["vast", vast],
  ["verda", verda],
]);
