import { CAPABILITIES } from "./capability.ts";
import { type CommandHarness, type Harness, wireOf } from "./harness.ts";

const MEMBERS: ReadonlySet<string> = new Set([
  "name",
  "open",
  "module",
  "capabilities",
  "refusesNames",
  "oracle",
  "upstream",
  "wire",
  "dialect",
  "tls",
  "resign",
  "openAt",
  "openTrusting",
  "openMissingBucket",
  "openForbidden",
  "secrets",
  "limits",
  "otherDevice",
  "smallDevice",
  "noLinkDevice",
  "cleanup",
]);
/** Members that a harness has only with a command. */
const OF_COMMAND: readonly string[] = ["command", "cwd"];
const NOT_OF_COMMAND: readonly string[] = [
  "open",
  "module",
  "openAt",
  "openMissingBucket",
  "openForbidden",
];
const FUNCTIONS = [
  "refusesNames",
  "openAt",
  "openTrusting",
  "openMissingBucket",
  "openForbidden",
  "cleanup",
];
const STRINGS = [
  "module",
  "otherDevice",
  "smallDevice",
  "noLinkDevice",
];
const DIALECT = {
  errorBody: "function",
  codeOf: "function",
  isCommit: "function",
  isDiscard: "function",
  errorIn200: "function",
} as const;
const TLS = { cert: "string", key: "string", ca: "string" } as const;
const CREDENTIALS = {
  accessKeyId: "string",
  secretAccessKey: "string",
  region: "string",
} as const;
const OPTIONAL: readonly string[] = [
  "codeOf",
  "isDiscard",
  "errorIn200",
  "cert",
  "key",
  "ca",
  "region",
];
const LIMITS = [
  "partSize",
  "largestObject",
  "progressGranularity",
  "stallTimeoutMs",
  "maxRequestsPerOperation",
  "maxOperationMs",
  "parts",
];

/** Throws unless a harness has what it needs, and nothing else. */
export function checkHarness(harness: Harness | CommandHarness): void {
  if (typeof harness !== "object" || harness === null) {
    throw refuse("", "must be an object", harness);
  }
  const members = harness as unknown as Record<string, unknown>;
  const hasCommand = members.command !== undefined;
  const known = hasCommand
    ? [...OF_COMMAND, ...MEMBERS].filter((key) => !NOT_OF_COMMAND.includes(key))
    : [...MEMBERS, "command"];
  for (const key of Object.keys(members)) {
    if (known.includes(key)) continue;
    throw new TypeError(
      `Cannot define harness as '${key}' is not one of its members: ${
        known.join(", ")
      }`,
    );
  }
  const { name } = harness;
  if (
    !(hasCommand && name === undefined) &&
    (typeof name !== "string" || name === "")
  ) {
    throw refuse("name", "must be a non-empty string", name);
  }
  if (hasCommand) {
    checkCommand(members.command);
    checkType(members, "cwd", "string");
  } else if (typeof members.open !== "function") {
    throw refuse("open", "must be a function", members.open);
  }
  for (const key of FUNCTIONS) {
    checkType(members, key, "function");
  }
  for (const key of STRINGS) {
    checkType(members, key, "string");
  }
  checkCapabilities(harness.capabilities);
  checkOracle(harness.oracle);
  checkUpstream(harness.upstream);
  checkWire(harness);
  checkShape("dialect", harness.dialect, DIALECT);
  if (harness.dialect) checkTransientCodes(harness.dialect.transientCodes);
  checkShape("tls", harness.tls, TLS);
  if ((harness.tls?.cert === undefined) !== (harness.tls?.key === undefined)) {
    const members = Object.keys(harness.tls ?? {}).join(", ");
    throw refuse("tls", "must have 'cert' and 'key', or neither", members);
  }
  checkShape("resign", harness.resign, CREDENTIALS);
  checkLimits(harness.limits);
}

function checkCommand(command: unknown): void {
  const isList = Array.isArray(command) && command.length > 0 &&
    command.every((word) => typeof word === "string") && command[0] !== "";
  if (isList) return;
  throw refuse(
    "command",
    "must be a program and its arguments, an array of strings",
    command,
  );
}

function checkType(
  members: Record<string, unknown>,
  key: string,
  type: "function" | "string",
): void {
  const value = members[key];
  if (value !== undefined && typeof value !== type) {
    throw refuse(key, `must be a ${type}`, value);
  }
}

function checkCapabilities(capabilities: unknown): void {
  if (capabilities === undefined) return;
  if (!Array.isArray(capabilities)) {
    throw refuse("capabilities", "must be an array", capabilities);
  }
  for (const capability of capabilities) {
    if (!CAPABILITIES.includes(capability)) {
      throw refuse(
        "capabilities",
        `must be from the list ${CAPABILITIES.join(", ")}`,
        capability,
      );
    }
  }
}

function checkOracle(oracle: unknown): void {
  if (oracle === undefined) return;
  if (typeof oracle !== "object" || oracle === null) {
    throw refuse("oracle", "must be an object", oracle);
  }
  for (const method of ["put", "get", "list", "delete"]) {
    const value = (oracle as Record<string, unknown>)[method];
    if (typeof value !== "function") {
      throw refuse(`oracle.${method}`, "must be a function", value);
    }
  }
}

function checkUpstream(upstream: unknown): void {
  if (upstream === undefined || typeof upstream === "function") return;
  const isUrl = typeof upstream === "string" && URL.canParse(upstream) &&
    /^(https?|tcp):$/.test(new URL(upstream).protocol);
  if (isUrl) return;
  throw refuse(
    "upstream",
    "must be an http:, https: or tcp: URL, or a function that finds it",
    upstream,
  );
}

function checkWire(
  { wire, upstream }: Pick<Harness, "wire" | "upstream">,
): void {
  if (wire === undefined) return;
  if (!["http", "tcp", "none"].includes(wire)) {
    throw refuse("wire", 'must be "http", "tcp" or "none"', wire);
  }
  const isOther = wire === "none"
    ? upstream !== undefined
    : typeof upstream === "string" &&
      wireOf({ upstream }) !== wire;
  if (isOther) throw refuse("wire", "must be what 'upstream' is", wire);
}

/** The values of secrets are not told. */
function checkShape(
  key: string,
  value: unknown,
  shape: Readonly<Record<string, "function" | "string">>,
): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null) {
    throw refuseType(key, "object", value);
  }
  for (const [member, type] of Object.entries(shape)) {
    const found = (value as Record<string, unknown>)[member];
    const actual = typeof found;
    if (actual === type) continue;
    if (found === undefined && OPTIONAL.includes(member)) continue;
    throw refuseType(`${key}.${member}`, type, found);
  }
}

function refuseType(key: string, type: string, value: unknown): TypeError {
  const article = type === "object" ? "an" : "a";
  return new TypeError(
    `Cannot define harness as '${key}' must be ${article} ${type}: its type is ${typeof value}`,
  );
}

function checkTransientCodes(codes: unknown): void {
  const isList = Array.isArray(codes) &&
    codes.every((code) => typeof code === "string");
  if (isList) return;
  throw refuse("dialect.transientCodes", "must be strings", codes);
}

function checkLimits(limits: unknown): void {
  if (limits === undefined) return;
  if (typeof limits !== "object" || limits === null) {
    throw refuse("limits", "must be an object", limits);
  }
  for (const [key, value] of Object.entries(limits)) {
    if (!LIMITS.includes(key)) {
      throw refuse(`limits.${key}`, `must be one of ${LIMITS.join(", ")}`, key);
    }
    if (key === "parts") {
      if (value === "none") continue;
      throw refuse("limits.parts", 'must be "none"', value);
    }
    if (!Number.isSafeInteger(value) || value < 1) {
      throw refuse(`limits.${key}`, "must be a positive integer", value);
    }
  }
}

function refuse(key: string, must: string, value: unknown): TypeError {
  const what = key === "" ? "it" : `'${key}'`;
  return new TypeError(
    `Cannot define harness as ${what} ${must}: current value is ${
      typeof value === "string" ? JSON.stringify(value) : String(value)
    }`,
  );
}
