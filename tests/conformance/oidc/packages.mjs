// The packages that tests/conformance/tools/install has put into a folder of their own.
import { createRequire } from "node:module";
import path from "node:path";

const folder = path.join(process.env.SUPERCARGO_TOOLS, "oidc");
const require = createRequire(path.join(folder, "package.json"));

export const { default: Provider } = await import(require.resolve("oidc-provider"));
export const client = await import(require.resolve("openid-client"));
export const { default: jmespath } = await import(require.resolve("jmespath"));
export const { default: YAML } = await import(require.resolve("yaml"));
