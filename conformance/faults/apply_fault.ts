import { Break, type Exchange } from "./exchange.ts";
import type { Dialect, FaultAction } from "./fault.ts";
import type { Answer, Hooks } from "./forward.ts";
import {
  collect,
  corruptAt,
  discard,
  interruptAt,
  type Pieces,
  replay,
  slowDown,
  throttle,
} from "./pieces.ts";
import type { ActiveRule } from "./active_rules.ts";
import { sendEndless, sendError } from "./send_error.ts";

/** Tools of {@linkcode applyFault}. */
export interface FaultTools {
  /** Sends the request on. */
  forward(hooks?: Hooks): Promise<boolean>;
  /** Resolves when the client has gone, or the proxy is closed. */
  readonly over: () => Promise<void>;
  /** Says errors as the service does. */
  readonly dialect: Dialect | undefined;
  /** Is told that a store has waited for the rule since then, as for a silent service. */
  onHeld(from: number): void;
  /** Takes what a function of the rule has thrown. */
  onProblem(error: unknown): void;
}

/**
 * Does to a request what a rule says.
 *
 * @param exchange The request.
 * @param rule The rule.
 * @param tools What it works with.
 * @returns Whether the connection to the client can go on.
 * @throws {Break} If the connection ends early.
 */
export async function applyFault(
  exchange: Exchange,
  rule: ActiveRule<FaultAction>,
  tools: FaultTools,
): Promise<boolean> {
  const { action } = rule;
  const fire = () => {
    exchange.record.fault = action.kind;
    rule.fire();
  };
  const reset = () => {
    fire();
    return Promise.reject(new Break("reset"));
  };
  const stall = async () => {
    fire();
    await Promise.race([rule.stopped, tools.over()]);
    throw new Break("reset");
  };

  switch (action.kind) {
    case "status":
    case "error-in-200":
      // An answer to HEAD has no body for the error.
      if (
        action.kind === "error-in-200" && exchange.request.method === "HEAD"
      ) {
        return await tools.forward();
      }
      await receive(exchange);
      fire();
      await sendError(exchange, action, tools.dialect);
      return true;

    case "reset":
    case "stall": {
      const onPoint = action.kind === "reset" ? reset : stall;
      const { at } = action;
      if (at === "before-head") {
        await receive(exchange);
        await onPoint();
      }
      return await tools.forward({
        answer: (answer) => {
          if (at === "after-head") return interruptAt(answer.body, 0, onPoint);
          const offset = at === "before-head" ? 0 : at.bodyBytes;
          return interruptAnswer(answer, offset, onPoint);
        },
      });
    }

    case "cut":
      return await tools.forward({
        answer: (answer) => {
          // The end of the connection would be a good end of this body.
          if (answer.endsByClose) return answer.body;
          return interruptAnswer(answer, action.afterBytes, () => {
            fire();
            return Promise.reject(new Break("end"));
          });
        },
      });

    case "reset-upload":
    case "stall-upload": {
      const onPoint = action.kind === "reset-upload" ? reset : stall;
      const upload = await holdUpload(exchange, action.afterBytes);
      if (upload === undefined) await onPoint();
      return await tools.forward(upload && { upload: () => upload });
    }

    case "refuse-upload": {
      const { kind: _, afterBytes, headers, pauseMs = 0, ...answer } = action;
      const upload = await holdUpload(exchange, afterBytes);
      if (upload) return await tools.forward({ upload: () => upload });
      fire();
      await sendError(exchange, {
        ...answer,
        kind: "status",
        headers: { ...headers, connection: "close" },
      }, tools.dialect);
      await wait(pauseMs, [rule.stopped]);
      // What still comes is read there, so that the answer is not lost to a reset.
      throw new Break("end");
    }

    case "endless": {
      await receive(exchange);
      fire();
      const { ms, kind: _, ...answer } = action;
      const isOver = Promise.race([rule.stopped, tools.over()]);
      await sendEndless(
        exchange,
        { ...answer, kind: "status" },
        tools.dialect,
        { pause: () => wait(ms, [isOver]), isOver },
      );
      if (exchange.request.method === "HEAD") return true;
      throw new Break("reset");
    }

    case "slow":
      return await tools.forward({
        answer: async (answer) => {
          const { pieces, ms } = action;
          const [body, length] = await measure(answer, () => 0);
          const size = Math.ceil(length / pieces);
          if (size === 0) return body;
          fire();
          return slowDown(
            body,
            size,
            () => wait(ms, [rule.stopped, tools.over()]),
          );
        },
      });

    case "slow-upload":
      return await tools.forward({
        upload: (body) =>
          throttle(body, action.bytesPerSecond, {
            fire,
            pause: (ms) => wait(ms, [rule.stopped, tools.over()]),
          }),
      });

    case "add-headers":
      return await tools.forward({
        answer: ({ body }) => {
          fire();
          return body;
        },
        headers: action.headers,
      });

    case "corrupt":
      return await tools.forward({
        answer: async (answer) => {
          const [body, length] = await measure(answer, action.byte);
          return corruptAt(body, resolve(action.byte, length), fire);
        },
      });

    case "corrupt-upload": {
      const { byte } = action;
      const [body, length] = await measure(exchange, byte);
      return await tools.forward({
        upload: () => corruptAt(body, resolve(byte, length), fire),
      });
    }

    case "delay": {
      fire();
      const began = performance.now();
      await wait(action.ms, [rule.stopped, tools.over()]);
      tools.onHeld(began);
      return await tools.forward();
    }

    case "lose-answer":
      return await tools.forward({
        answer: async ({ body }) => {
          await discard(body);
          return await reset();
        },
      });

    case "run": {
      const run = async () => {
        fire();
        const began = performance.now();
        const ran = (async () => await action.run(exchange.request))();
        const hasRun = ran.then(() => true, (error) => {
          tools.onProblem(error);
          return false;
        });
        // What it waits for may never come once the proxy is closed.
        const isOver = tools.over().then(() => false);
        const isRun = await Promise.race([hasRun, isOver]);
        tools.onHeld(began);
        if (!isRun) throw new Break("reset");
      };
      if (action.when !== "after") {
        await run();
        return await tools.forward();
      }
      return await tools.forward({
        answer: async ({ body }) => {
          const { pieces } = await collect(body);
          await run();
          return replay(pieces);
        },
      });
    }
  }
}

async function receive(exchange: Exchange): Promise<void> {
  await exchange.invite();
  await discard(exchange.body);
}

async function interruptAnswer(
  answer: Answer,
  offset: number | ((length: number) => number),
  onPoint: () => Promise<void>,
): Promise<Pieces> {
  const [body, length] = await measure(answer, offset);
  return interruptAt(body, resolve(offset, length), onPoint);
}

/** The request's body if it ends before; otherwise it was read so far, and there is nothing to send on. */
async function holdUpload(
  exchange: Exchange,
  afterBytes: number,
): Promise<Pieces | undefined> {
  const { length, body } = exchange;
  if (length !== undefined && length <= afterBytes) return body;
  await exchange.invite();
  if (length === undefined) {
    const { pieces, length: seen } = await collect(body, afterBytes);
    return seen > afterBytes ? undefined : replay(pieces);
  }
  let left = afterBytes;
  while (left > 0) {
    const { value, done } = await body.next();
    if (done) break;
    left -= value.bytes.length;
  }
  return undefined;
}

/** A body with its length, where somebody asks for it; if nobody has told it, all of the body comes first. */
async function measure(
  { body, length }: { body: Pieces; length: number | undefined },
  asks: unknown,
): Promise<[body: Pieces, length: number]> {
  if (length !== undefined || typeof asks !== "function") {
    return [body, length ?? 0];
  }
  const collected = await collect(body);
  return [replay(collected.pieces), collected.length];
}

function resolve(
  offset: number | ((length: number) => number),
  length: number,
): number {
  return typeof offset === "function" ? offset(length) : offset;
}

async function wait(ms: number, ends: readonly Promise<void>[]): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((done) => timer = setTimeout(done, ms));
  await Promise.race([late, ...ends]);
  clearTimeout(timer);
}
