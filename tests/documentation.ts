import { REPOSITORY } from "./repository_files.ts";

/** A doc comment, as `deno doc --json` gives it. */
export interface DocComment {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

/** A member of a class or an interface. */
export interface MemberDoc {
  readonly name?: string;
  readonly jsDoc?: DocComment;
  readonly accessibility?: string;
}

/** An exported name. */
export interface SymbolDoc {
  readonly name: string;
  readonly declarations: readonly DeclarationDoc[];
}

/** One of the things that an exported name stands for. */
export interface DeclarationDoc {
  readonly kind: string;
  readonly jsDoc?: DocComment;
  readonly def?: {
    readonly hasBody?: boolean;
    readonly constructors?: readonly MemberDoc[];
    readonly methods?: readonly MemberDoc[];
    readonly properties?: readonly MemberDoc[];
  };
}

/**
 * Reads the documentation of entries.
 *
 * @param entries Paths of the modules, from the root of the repository.
 * @returns For each of these paths what the module exports.
 */
export async function readDocumentation(
  entries: readonly string[],
): Promise<ReadonlyMap<string, readonly SymbolDoc[]>> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tools/deno.ts", "doc", "--json", ...entries],
    cwd: REPOSITORY,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) {
    throw new Error(`Cannot read the documentation: ${decoder.decode(stderr)}`);
  }
  const { nodes } = JSON.parse(decoder.decode(stdout)) as {
    nodes: Record<string, { symbols: SymbolDoc[] }>;
  };
  return new Map(entries.map((entry) => {
    const { symbols = [] } = nodes[new URL(entry, REPOSITORY).href] ?? {};
    return [entry, symbols];
  }));
}
