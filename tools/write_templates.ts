/**
 * Writes `conformance/cli/templates.json`, what `--init` of the conformance command writes for a
 * new author: the examples, under names of their own, so that what is written is what is tested.
 *
 * @module
 */

const FILE = new URL("../conformance/cli/templates.json", import.meta.url);
const EXAMPLES = new URL("../examples/", import.meta.url);

/** Each template: what it is, and the examples that its files are made of. */
const TEMPLATES: Readonly<Record<string, Template>> = {
  driver: {
    about: "a store on StoreDriver: you write what talks to the service",
    files: {
      "my_store.ts": "on_driver.ts",
      "my_harness.ts": "on_driver_harness.ts",
    },
  },
  local: {
    about: "a store from nothing, with the local half from the entry ./local",
    files: {
      "my_store.ts": "on_local.ts",
      "my_harness.ts": "on_local_harness.ts",
    },
  },
  python: {
    about: "a store in Python, and the file that serves it to the kit",
    command: "python3 serve.py",
    files: {
      "storekit_serve.py": "python/storekit_serve.py",
      "my_store.py": "python/folder_store.py",
      "serve.py": "python/serve.py",
    },
  },
  go: {
    about: "a store in Go, and the file that serves it to the kit",
    command: "go run .",
    files: {
      "storekit.go": "go/storekit.go",
      "my_store.go": "go/folder_store.go",
      "main.go": "go/main.go",
      "go.mod": "go/go.mod",
    },
  },
};

interface Template {
  about: string;
  /** The command that starts the store, where it needs no harness. */
  command?: string;
  files: Record<string, string>;
}

if (import.meta.main) await Deno.writeTextFile(FILE, await buildTemplates());

/**
 * Text of the file of templates: JSON, by template `about` and `files`, the text of each file.
 *
 * @returns The text, as `deno fmt` leaves it.
 */
export async function buildTemplates(): Promise<string> {
  const templates: Record<string, Template> = {};
  for (const [name, { about, command, files }] of Object.entries(TEMPLATES)) {
    const texts: Record<string, string> = {};
    for (const [file, example] of Object.entries(files)) {
      let text = await Deno.readTextFile(new URL(example, EXAMPLES));
      for (const [own, other] of Object.entries(files)) {
        text = text.replaceAll(`"./${other}"`, `"./${own}"`);
        text = text.replaceAll(
          `from ${findModule(other)} import`,
          `from ${findModule(own)} import`,
        );
      }
      texts[file] = text;
    }
    templates[name] = { about, ...(command && { command }), files: texts };
  }
  return `${JSON.stringify(templates, null, 2)}\n`;
}

/** The name by which Python imports a file. */
function findModule(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.py$/, "");
}
