import document from './first-steps.graphql?raw';
import type { GraphQLAnswer } from './session';

/** What a first-time visitor finds in the editor. */
export const query = document;

const DAY = 24 * 3_600_000;
const inAWeek = (hour: number) => new Date(Math.floor(Date.now() / DAY + 7) * DAY + hour * 3_600_000).toISOString();

interface Row {
  id?: string;
}

/** What the steps answer of what the next ones need. Somebody may have rewritten them, so nothing is certain. */
interface StepAnswer {
  createProject?: { project?: Row };
  ada?: { user?: Row };
  ben?: { user?: Row };
  createMission?: { mission?: { roles?: Row[] } };
}

/** The variables of the next step; nothing where the operation was no such step, or made nothing. */
export function nextVariables(operation: string | null | undefined, before: unknown, answer: GraphQLAnswer<StepAnswer>) {
  const { createProject, ada, ben, createMission } = answer.data ?? {};
  const [projectId, roleId] = [createProject?.project?.id, createMission?.mission?.roles?.[0]?.id];
  if (operation === 'Step1' && projectId) {
    return pretty({ projectId, userIds: [ada?.user?.id, ben?.user?.id], startsAt: inAWeek(8), endsAt: inAWeek(12) });
  }
  return operation === 'Step2' && roleId ? pretty({ ...(before as object), roleId }) : undefined;
}

const pretty = (value: object) => JSON.stringify(value, null, 2);
