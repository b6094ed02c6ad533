// oauth2-proxy itself, with the arguments that are rendered for it, and people who come to it.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import path from "node:path";

import { login } from "./provider.mjs";

const program = path.join(process.env.SUPERCARGO_TOOLS, "bin", "oauth2-proxy");

/** Starts it, as a client of the provider; `adjusted` makes rendered addresses the provider's. */
export async function startProxy(values, { id, secret }, adjusted) {
  const address = await freeAddress();
  const own = [
    // What its chart adds to what is rendered: the cookie's name, everybody's address, an answer for what is behind.
    `--cookie-name=${values.config.cookieName}`,
    "--email-domain=*",
    ...values.config.upstreams.map((upstream) => `--upstream=${upstream}`),
    // What has to differ here: where it listens, and that the one who speaks to it is on this machine.
    `--http-address=${address}`,
    "--trusted-proxy-ip=127.0.0.1/32",
  ];
  const here = (_, url) => `=${adjusted(url)}`;
  const rendered = values.extraArgs.map((argument) => argument.replace(/=(https?:.*)$/s, here));
  const env = {
    PATH: process.env.PATH,
    OAUTH2_PROXY_CLIENT_ID: id,
    OAUTH2_PROXY_CLIENT_SECRET: secret,
    OAUTH2_PROXY_COOKIE_SECRET: randomBytes(16).toString("hex"),
  };
  const child = spawn(program, [...rendered, ...own], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (said += piece));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const stop = async () => {
    child.kill();
    await ended;
  };
  const url = `http://${address}`;
  for (let tries = 0; tries < 400; tries++) {
    const answer = await fetch(`${url}/ping`).catch(() => undefined);
    if (answer?.ok) return { url, stop };
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  const lines = said.split("\n").filter((line) => /error/i.test(line));
  throw new Error(`it does not start: ${lines.at(-1) ?? said}`);
}

/** Whether `user` gets in, from a page of the platform through the provider and back; and what the page learns. */
export async function visit(proxy, page, user, origin) {
  const cookies = new Map();
  const open = async (target) => {
    const headers = { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
    const response = await fetch(proxy.url + target, { redirect: "manual", headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(name, value);
    }
    return response;
  };
  const before = await open("/oauth2/auth");
  if (before.status !== 401) throw new Error(`whoever has no session gets ${before.status}`);
  const started = await open(`/oauth2/start?rd=${encodeURIComponent(page)}`);
  const back = await login(new URL(started.headers.get("location")), user, origin);
  const returned = await open(back.pathname + back.search);
  const session = await open("/oauth2/auth");
  // The ingress asks this for every page.
  if (session.status !== 202) return { decided: "none", said: `${returned.status}, then ${session.status}` };
  const location = returned.headers.get("location");
  if (location !== page) throw new Error(`the login leads to ${location}, not to ${page}`);
  return { decided: "in", groups: session.headers.get("x-auth-request-groups")?.split(",") };
}

async function freeAddress() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
