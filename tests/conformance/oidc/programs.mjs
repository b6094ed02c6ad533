// The programs that people log in to: what each asks the provider for, read off its rendered settings, and what it
// makes of the claims that come back. What a program does by itself is said here with its source.
import { jmespath, YAML } from "./packages.mjs";

/** What `values` of the chart of oauth2-proxy lead to. */
function oauth2Proxy({ values }) {
  const options = new Map();
  for (const argument of values.extraArgs) {
    const [, name, value] = /^--([a-z0-9-]+)=(.*)$/s.exec(argument);
    options.set(name, [...(options.get(name) ?? []), value]);
  }
  const option = (name) => options.get(name)?.[0];
  return {
    name: "oauth2-proxy",
    issuer: option("oidc-issuer-url"),
    redirect: option("redirect-url"),
    scope: option("scope"),
    pkce: option("code-challenge-method"),
    hasNonce: option("insecure-oidc-skip-nonce") === "false",
    decide(claims) {
      // Its documentation, "OpenID Connect Provider": no session without an address that is verified.
      if (!claims.email || claims.email_verified === false) return "none";
      const groups = [claims[option("oidc-groups-claim") ?? "groups"] ?? []].flat();
      const allowed = options.get("allowed-group") ?? [];
      // Without `--allowed-group`, everybody with an account may come in.
      return allowed.length === 0 || groups.some((group) => allowed.includes(group)) ? "in" : "none";
    },
    wanted: (levels) => (levels.length > 0 ? "in" : "none"),
  };
}

/** What the values of Grafana's chart lead to, which are a part of another chart's. */
function grafana({ values }) {
  const ini = values.grafana["grafana.ini"];
  const settings = ini["auth.generic_oauth"];
  // Grafana's documentation, "Configure Grafana": an environment variable GF_<SECTION>_<KEY> goes before the file.
  const setting = (name) => values.grafana.env?.[`GF_AUTH_GENERIC_OAUTH_${name.toUpperCase()}`] ?? settings[name];
  return {
    name: "grafana",
    endpoints: { authorize: setting("auth_url"), token: setting("token_url"), userinfo: setting("api_url") },
    redirect: `${ini.server.root_url.replace(/\/$/, "")}/login/generic_oauth`,
    scope: setting("scopes"),
    pkce: setting("use_pkce") === true ? "S256" : undefined,
    hasNonce: false,
    decide(claims, userinfo) {
      // "Configure generic OAuth authentication", role mapping: the ID token first, then the API.
      for (const source of [claims, userinfo]) {
        const role = evaluated(setting("role_attribute_path"), source);
        if (role === "GrafanaAdmin" && setting("allow_assign_grafana_admin") !== true) return "Admin";
        if (["Admin", "Editor", "Viewer", "None", "GrafanaAdmin"].includes(role)) return role;
      }
      // Nobody without a role comes in where that is said; else each gets `users.auto_assign_org_role`.
      return setting("role_attribute_strict") === true ? "none" : "Viewer";
    },
    wanted: (levels) => ({ admins: "Admin", editors: "Editor", viewers: "Viewer" })[levels[0]] ?? "none",
  };
}

/** What an expression makes of claims; an error of it counts as no role, as in Grafana. */
function evaluated(expression, claims) {
  try {
    return jmespath.search(claims, expression);
  } catch (error) {
    // A claim that is missing is an error of the types; any other is a mistake in the expression.
    if (/TypeError/.test(error.name) || /TypeError/.test(error.message)) return undefined;
    throw new Error(`the expression is refused: ${error.message}`);
  }
}

/** What the values of Argo CD's chart lead to. */
function argoCd({ values }) {
  const { cm, rbac } = values.configs;
  const settings = YAML.parse(cm["oidc.config"]);
  const lines = rbac["policy.csv"].split("\n").map((line) => line.split(",").map((part) => part.trim()));
  const members = lines.filter(([kind]) => kind === "g");
  return {
    name: "argo-cd",
    issuer: settings.issuer,
    redirect: `${cm.url ?? `https://${values.global.domain}`}/auth/callback`,
    scope: settings.requestedScopes.join(" "),
    pkce: settings.enablePKCEAuthentication === true ? "S256" : undefined,
    hasNonce: false,
    decide(claims) {
      // Argo CD's documentation, "RBAC configuration": what is in a claim of `scopes` is a subject, and a subject
      // has the roles that lead on from it. Where there is none, `policy.default` counts.
      const scopes = YAML.parse(rbac.scopes);
      const subjects = [claims.sub, ...scopes.flatMap((scope) => claims[scope] ?? [])];
      for (const subject of subjects) {
        const next = members.filter(([, from]) => from === subject).map(([, , to]) => to);
        subjects.push(...next.filter((one) => !subjects.includes(one)));
      }
      const roles = [...new Set(subjects.filter((subject) => subject.startsWith("role:")))];
      if (roles.length === 0 && rbac["policy.default"]) roles.push(rbac["policy.default"]);
      return roles.sort().join(" ") || "none";
    },
    wanted: (levels) => {
      const roles = { admins: "role:admin", editors: "role:editor", viewers: "role:readonly" };
      return levels.map((level) => roles[level]).sort().join(" ") || "none";
    },
  };
}

/** The programs, by the folder of what is rendered for them, and the path that each answers on its host. */
export const PROGRAMS = {
  "oauth2-proxy": { read: oauth2Proxy, callback: "/oauth2/callback" },
  "kube-prometheus-stack": { read: grafana, callback: "/login/generic_oauth" },
  "argo-cd": { read: argoCd, callback: "/auth/callback" },
};
