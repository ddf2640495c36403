import { assertEquals } from "@std/assert";
import { readDocumentation } from "./documentation.ts";
import { REPOSITORY } from "./repository_files.ts";

/** Everything that each entry exports: what its reader needs, and nothing twice. */
const EXPORTS: Readonly<Record<string, string>> = {
  ".": `
    ObjectStore OperationOptions UploadOptions DownloadOptions TransferCallback
    ListableObjectStore isListable
    ReadableObjectStore isReadable ReadObjectOptions ObjectContent
    WritableObjectStore isWritable WriteObjectOptions ObjectData
    DeletableObjectStore isDeletable
    ObjectStoreError ObjectStoreErrorCode ObjectStoreErrorOptions
    ObjectNotFoundError FileExistsError InvalidObjectNameError
    ObjectNameConflictError ObjectStoreTransientError
    ObjectStorePermissionError BucketNotFoundError ObjectStoreClosedError
    AnyObjectStoreError isObjectStoreError isTransient
    retryTransient withRetry RetryOptions RetryingStore
    FileSystemObjectStore FileSystemObjectStoreOptions
    checkAccess CheckAccessOptions`,
  "./open": "openObjectStore OpenObjectStoreOptions BundledObjectStore",
  "./driver": `
    StoreDriver DriverOptions OpenOptions WantedRange StoringOptions
    TransferSettings OpenObject
    UploadBody PartUpload UploadPart Failure StoreFailure
    DriverObjectStore DriverObjectStoreOptions ListableDriverObjectStore
    IdleTimeout SilentFailure AnswerFailure
    explainFetchError FetchErrorOptions retryRequest RetryRequestOptions`,
  "./local": `
    toPath openSource Source ReadOptions
    resolveDestination Destination DestinationOptions
    saveDestination SavedFile Progress ProgressOptions`,
  "./s3": `
    S3ObjectStore S3ObjectStoreOptions S3ClientLike
    S3CommonOptions S3Credentials TemporaryCredentials UploadDefaults
    ChecksumMode SignedUrlOptions`,
  "./minio": `
    MinioObjectStore MinioObjectStoreOptions
    MinioClientLike MinioCredentialProviderLike MinioCredentialsLike
    S3CommonOptions S3Credentials TemporaryCredentials UploadDefaults
    ChecksumMode SignedUrlOptions`,
  "./opendal": `
    OpendalObjectStore OpendalObjectStoreOptions OpendalOperatorOptions
    OpendalSchemeOptions OpendalCommonOptions Limitation
    OperatorLike OperatorCapability OperatorMetadata OperatorReader
    OperatorWriter OperatorLister OperatorEntry SignedRequest`,
  "./conformance": `
    runConformance RunOptions RunEvent Selection
    testObjectStore TestOptions ConformanceTest
    defineHarness Harness CommandHarness CommandError HarnessContext HarnessCredentials HarnessLimits
    HarnessTls Oracle CAPABILITIES Capability
    catalogue Case CaseContext ChildContext ChildHandle ChildOptions
    FailureDetails LeftoverPlace Need Patience ProcessChange SeenError StorePace
    UnhandledError
    CLAUSES clauseUrl CONTRACT_VERSION
    CaseResult Evidence FailureReport Level Status
    judge STATUSES Verdict VerdictOptions
    diagnose Diagnosis Cause OtherCause SeenAlike Signature ReportRecord
    applyBaseline parseBaseline Baseline BaselineEntry
    expect expectEqual expectBytes expectRejection expectCode checkCode
    expectLocalError expectReason ExpectOptions RejectionOptions
    describeError isStoreError
    expectTrace traceCalls Trace TraceCall expectUntouched snapshot
    FaultProxy FaultProxyOptions azureBlobDialect gcsDialect s3Dialect Dialect AnswerPoint FaultAction
    FaultMatch FaultRule InjectedFaults Meter Wire WireExchange WireRequest
    TcpFaultProxy TcpAction TcpPoint TcpRule TcpTurn TcpWire`,
  "./conformance/cli": "runCommand",
};
/** What two entries share, as their options are the same. */
const SHARED =
  "ChecksumMode S3CommonOptions S3Credentials SignedUrlOptions TemporaryCredentials UploadDefaults";

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", REPOSITORY)),
);
const documentation = await readDocumentation(
  Object.values(manifest.exports),
);

function namesOf(entry: string): string[] {
  const symbols = documentation.get(manifest.exports[entry]!) ?? [];
  return symbols.map(({ name }) => name).sort();
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "").sort();
}

for (const [entry, names] of Object.entries(EXPORTS)) {
  Deno.test(`entry "${entry}" exports what its reader needs and nothing else`, () => {
    assertEquals(namesOf(entry), words(names));
  });
}

Deno.test("every entry is listed here", () => {
  assertEquals(
    Object.keys(EXPORTS).sort(),
    Object.keys(manifest.exports).sort(),
  );
});

Deno.test("entries do not repeat each other, but for the options that S3 and MinIO have in common", () => {
  const entries = Object.keys(manifest.exports);
  const names = entries.flatMap(namesOf);
  const repeated = names.filter((name, at) => names.indexOf(name) !== at);
  assertEquals(repeated.sort(), words(SHARED));
});
