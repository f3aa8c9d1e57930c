"""Whether citizens are shown what the owner has: each follows the report with its code."""

import concurrent.futures

from stack import postgres

from . import doors

CALLS_AT_ONCE = 8
# What who reported is told of a hotline.v1.TicketState.
STANDINGS = {"NEW": "RECEIVED", "CLASSIFIED": "RECEIVED", "JOINED": "RECEIVED", "ROUTED": "HANDLED",
             "REOPENED": "HANDLED", "ANSWERED": "HANDLED", "APPROVED": "ANSWERED",
             "PUBLISHED": "ANSWERED", "PRIVATE": "ANSWERED", "RATED": "ANSWERED",
             "CLOSED": "CLOSED", "REJECTED": "REJECTED", "TRANSFERRED": "TRANSFERRED"}
# By the ticket that a report is handled in now.
OWNER = """
  SELECT r.own_ticket_id::text, t.state,
    CASE WHEN t.approved_at IS NOT NULL THEN t.answer ELSE '' END
  FROM report r JOIN ticket t ON t.id = r.ticket_id WHERE r.own_ticket_id = ANY(%s::uuid[])"""


def follow(scenes, reports):
    """(how many reports were followed, those that show something else, in words). `scenes`: a
    hotline.Hotline; `reports` as its step keeps them. All are followed on the portal's page.
    """
    names = scenes.records.TicketState
    owner = {ticket: (names.Name(state).removeprefix("TICKET_STATE_"), answer)
             for ticket, state, answer in postgres.query(
                 scenes.day.stack, "hotline", OWNER,
                 ([report["ticket"] for report in reports.values()],))}
    page = doors.PortalPage(scenes)

    def differs(mark):
        report = reports[mark]
        state, answer = owner[report["ticket"]]
        # Who stayed anonymous sees where it stands alone.
        wanted = doors.Seen(STANDINGS[state], answer if report["contact"] else "")
        shown = page.follow(report["code"], report["contact"])
        return "" if shown == wanted else f"{mark} shows {tuple(shown)}, not {tuple(wanted)}"

    there = [mark for mark, report in reports.items() if report["ticket"] in owner]
    with concurrent.futures.ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        differing = [text for text in pool.map(differs, there) if text]
    return len(there), differing
