import { getVariable } from "../platform/builtins.ts";
import type { S3Credentials } from "../s3_protocol/sign_request.ts";
import type { MinioCredentialProviderLike } from "./client.ts";

/** Pairs of environment variables, in the order in which they are looked at. */
const VARIABLES = [
  ["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"],
  ["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"],
  ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
] as const;

/**
 * Finds keys as MinIO's own clients do: in the environment, otherwise by
 * `npm:minio` from the role of the machine, the container or the web identity.
 *
 * @param timeout Milliseconds that the search for a role may take.
 */
export function makeDefaultCredentials(
  timeout: number,
): () => Promise<S3Credentials> {
  let provider: Promise<MinioCredentialProviderLike> | undefined;
  return async () => {
    const found = readEnvironment();
    if (found) return found;
    provider ??= makeRoleProvider(timeout);
    provider.catch(() => provider = undefined);
    return await readProvider(await provider);
  };
}

/**
 * Asks a provider of `npm:minio`.
 *
 * @param provider The provider.
 */
export async function readProvider(
  provider: MinioCredentialProviderLike,
): Promise<S3Credentials> {
  const credentials = await provider.getCredentials();
  return {
    accessKeyId: credentials.getAccessKey(),
    secretAccessKey: credentials.getSecretKey(),
    sessionToken: credentials.getSessionToken() || undefined,
  };
}

function readEnvironment(): S3Credentials | undefined {
  for (const [idName, secretName] of VARIABLES) {
    const accessKeyId = getVariable(idName);
    const secretAccessKey = getVariable(secretName);
    if (!accessKeyId || !secretAccessKey) continue;
    const isAws = idName.startsWith("AWS_");
    const sessionToken = isAws
      ? getVariable("AWS_SESSION_TOKEN") || undefined
      : undefined;
    return { accessKeyId, secretAccessKey, sessionToken };
  }
  return undefined;
}

async function makeRoleProvider(
  timeout: number,
): Promise<MinioCredentialProviderLike> {
  const [{ IamAwsProvider }, http] = await Promise.all([
    import("minio"),
    import("node:http"),
  ]);
  return {
    async getCredentials() {
      const transportAgent = new http.Agent();
      const provider = new IamAwsProvider({ transportAgent });
      const late = Promise.withResolvers<never>();
      // Outside a cloud nothing answers at the address of the role.
      const timer = setTimeout(() => late.reject(new NoCredentials()), timeout);
      try {
        return await Promise.race([provider.getCredentials(), late.promise]);
      } catch (error) {
        throw error instanceof NoCredentials
          ? error
          : new NoCredentials({ cause: error });
      } finally {
        clearTimeout(timer);
        transportAgent.destroy();
      }
    },
  };
}

class NoCredentials extends Error {
  /** The name that the SDK of AWS gives it. */
  override readonly name = "CredentialsProviderError";

  constructor(options?: ErrorOptions) {
    super("no credentials in the environment and no role", options);
  }
}
