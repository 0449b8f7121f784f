import document from './first-steps.graphql?raw';
import type { GraphQLAnswer } from './session';

/** What a first-time visitor finds in the editor. */
export const query = document;

const DAY = 24 * 3_600_000;
const inDays = (days: number, hour: number) =>
  new Date(Math.floor(Date.now() / DAY + days) * DAY + hour * 3_600_000).toISOString();

interface Row {
  id?: string;
}

/** What the steps answer of what the next ones need. Somebody may have rewritten them, so nothing is certain. */
interface StepAnswer {
  createProject?: { project?: Row };
  ada?: { user?: Row };
  ben?: { user?: Row };
  createMission?: { mission?: Row & { roles?: Row[] } };
  inviteToMission?: { invitations?: { assignment?: Row }[] };
}

/** The variables of the next step; nothing where the operation was no such step, or made nothing. */
export function nextVariables(operation: string | null | undefined, before: unknown, answer: GraphQLAnswer<StepAnswer>) {
  const { createProject, ada, ben, createMission, inviteToMission } = answer.data ?? {};
  const projectId = createProject?.project?.id;
  if (operation === 'Step1' && projectId) {
    const userIds = [ada?.user?.id, ben?.user?.id];
    return pretty({ projectId, userIds, startsAt: inDays(7, 8), endsAt: inDays(7, 12) });
  }
  const [missionId, roleId] = [createMission?.mission?.id, createMission?.mission?.roles?.[0]?.id];
  if (operation === 'Step2' && roleId) return pretty({ ...(before as object), missionId, roleId });
  const assignmentId = inviteToMission?.invitations?.[0]?.assignment?.id;
  if (operation === 'Step3' && assignmentId) {
    return pretty({ ...(before as object), assignmentId, laterStart: inDays(8, 8), laterEnd: inDays(8, 12) });
  }
  return undefined;
}

const pretty = (value: object) => JSON.stringify(value, null, 2);
