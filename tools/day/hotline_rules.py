"""What the hotline of the province goes by: centre, categories, questions, articles, from its files."""

import collections
import concurrent.futures
import csv

from . import protos

CALLS_AT_ONCE = 8


def load(day, facts):
    """Groups before their categories, articles after; a repeat changes nothing."""
    records = protos.module("hotline", "category_records")
    call(day, None, "CategoryService", "SetCentre", "centre", centre=_centre(day, records))
    questions = collections.defaultdict(list)
    for row in rows(day, "hotline_questions.csv"):
        questions[row["category_code"]].append(_question(records, row))
    categories = sorted(rows(day, "hotline_categories.csv"), key=lambda row: row["parent_code"] != "")
    for row in categories:
        call(day, None, "CategoryService", "SetCategory", f"category/{row['code']}",
             category=_category(day, records, row, questions[row["code"]]))
    articles = rows(day, "hotline_articles.csv")
    with concurrent.futures.ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        list(pool.map(lambda numbered: _publish(day, *numbered), enumerate(articles)))
    facts.update(categories=len(categories), articles=len(articles))


def rows(day, name):
    """Of one of the province's files."""
    with open(day.province.folder / name, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def call(day, actor, of, method, scene, /, **fields):
    """A change whose request id follows from the seed and the scene; without an actor as ops."""
    request = day.client.request("hotline", of, method)(
        request_id=day.request_id(f"hotline/{scene}"), **fields)
    return day.client.hotline(of, method, request, **(actor.options if actor else {}))


def _centre(day, records):
    values = {row["name"]: row["value"] for row in rows(day, "hotline_centre.csv")}
    return records.Centre(
        unit_id=known(day, values["unit_id"]),
        inspector_unit_id=known(day, values["inspector_unit_id"]),
        office_unit_id=known(day, values["office_unit_id"]),
        forwarding=records.Limit(amount=int(values["forwarding_clock_minutes"]),
                                 unit=records.LIMIT_UNIT_CLOCK_MINUTES),
        # No law and no rule of the province has it: a working day of this deployment's own.
        answering=records.Limit(amount=int(values["answering_working_hours"]) * 60,
                                unit=records.LIMIT_UNIT_WORKING_MINUTES),
        transfer_alarm_seconds=int(values["transfer_alarm_seconds"]),
        escalations=[records.EscalationStep(
            after=records.Limit(amount=int(values["escalation_working_days"]),
                                unit=records.LIMIT_UNIT_WORKING_DAYS),
            unit_id=known(day, values["escalation_unit_id"]))],
        reopen_window_days=int(values["reopen_window_days"]),
        reopens_max=int(values["reopens_max"]),
        ratings_max=int(values["ratings_max"]),
        public_contacts=values["public_contacts"].split("|"),
        duplicates_metres=int(values["duplicates_metres"]),
        duplicates_hours=int(values["duplicates_hours"]))


def _category(day, records, row, questions):
    def limit(name):
        if not row[f"{name}_amount"]:
            return None
        return records.Limit(amount=int(row[f"{name}_amount"]),
                             unit=records.LimitUnit.Value(f"LIMIT_UNIT_{row[f'{name}_unit']}"))
    return records.Category(
        id=row["code"], parent_id=row["parent_code"], name=row["name"], name_en=row["name_en"],
        kind=records.CategoryKind.Value(f"CATEGORY_KIND_{row['kind']}"),
        restricted=row["restricted"] == "true", first_response=limit("first_response"),
        resolution=limit("resolution"), waiting=limit("waiting"),
        default_unit_id=known(day, row["default_unit_code"]), questions=questions)


def _question(records, row):
    listed = [value.split(":") for value in row["values"].split("|") if value]
    return records.Question(
        code=row["code"], text=row["text"], text_en=row["text_en"],
        required=row["required"] == "true",
        type=records.QuestionType.Value(f"QUESTION_TYPE_{row['type']}"),
        values=[records.QuestionValue(key=key, name=name, name_en=name_en)
                for key, name, name_en in listed])


def _publish(day, index, row):
    article = protos.module("hotline", "knowledge").Article(
        **row | {"keywords": row["keywords"].split(";") if row["keywords"] else []})
    saved = call(day, None, "KnowledgeService", "SaveArticle", f"article/{index}", article=article)
    call(day, None, "KnowledgeService", "PublishArticle", f"article/{index}/published",
         article_id=saved.id)


def known(day, unit):
    """The unit, or the centre where the day plays without it."""
    return unit if unit in day.province.units else day.province.unit_with("hotline-operator")
