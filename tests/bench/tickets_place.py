"""The hotline alone with its tickets: a stack without copies, filled by SQL."""

import pathlib

from day import hotline_rules, progress
from stack import kafka, postgres, services

from . import place as place_module

FILL = pathlib.Path(__file__).with_name("tickets_fill.sql")
CHUNK = 50_000
# Made anew behind the rows: ten times as fast.
INDEXES = """SELECT indexname, indexdef FROM pg_indexes JOIN pg_index ON
    indexrelid = format('%I.%I', schemaname, indexname)::regclass
  WHERE NOT indisunique AND tablename IN ('ticket', 'assignment', 'report', 'message', 'head')"""
TEXTS = ("Ổ gà lớn giữa đường, nguy hiểm cho xe máy", "Đèn đường tắt nhiều đêm liền",
         "Rác tồn đọng trước cổng chợ", "Nước máy đục từ hôm qua", "Cây gãy đổ chắn lối đi",
         "Hỏi giấy tờ cần nộp khi đăng ký thường trú", "Tiếng ồn quá mức sau 22 giờ",
         "Đường ngập nước mỗi khi mưa lớn", "Nắp cống bị mất trước trường học",
         "Xe tải chạy giờ cấm trong khu dân cư", "Trụ điện nghiêng gần nhà dân")
STREETS = ("Yersin", "Cách Mạng Tháng Tám", "Lê Hồng Phong", "Nguyễn Trãi", "Phú Lợi", "Thích Quảng "
           "Đức", "Huỳnh Văn Lũy", "Đại lộ Bình Dương", "Hai Bà Trưng", "Trần Hưng Đạo")
# Who handle what units have: a third each.
OFFICIALS = ("official-1", "official-2", "official-3")
OFFICE = "H09.01"       # to which goes up what nobody answers
# Counted as ever, never reached: one client asks.
PORTAL = {"LIENTHONG_REQUESTS_PER_MINUTE_MAX": "1000000"}


class TicketsPlace(place_module.OwnersPlace):
    """Owners of the whole province and the portal, no copies; the broker goes once the directory
    is known: what is made by SQL is in no feed."""

    configuration = {}

    def _start(self):
        super()._start()
        services.serve(self.stack, "portal", place_module.QUOTA | PORTAL)
        services.wait_healthy(self.stack, "portal")

    def _fill(self):
        hotline_rules.load(self.day, {})
        super()._fill()
        kafka.stop(self.stack)
        self.centre = self.day.province.unit_with("hotline-operator")
        self.tickets, self._number = 0, 100_000_000_000
        self.now = self.day.now()

    @property
    def operator(self):
        return self.day.actor(self.centre, "hotline-operator")

    @property
    def supervisor(self):
        return self.day.actor(self.centre, "hotline-supervisor")

    def numbers(self, count):
        """The first of so many numbers of twelve digits that nothing else was given."""
        self._number += count
        return self._number - count

    def fill(self, tickets):
        """Tickets up to that number: further ones are older than those that are there."""
        province = self.day.province
        communes = province.units_of_kind("COMMUNE")
        values = {"now": self.now, "communes": [province.units[unit].gso_code for unit in communes],
                  "units": communes, "centre": self.centre, "office": OFFICE,
                  "officials": list(OFFICIALS), "texts": list(TEXTS), "streets": list(STREETS)}
        statement = FILL.read_text(encoding="utf-8")
        with progress.timed(f"tickets up to {tickets}"), \
                postgres.connect(self.stack, "hotline") as session:
            services.stop(self.stack, "hotline")    # it would look at tables without indexes
            indexes = postgres.rows(session, INDEXES)
            for name, _ in indexes:
                postgres.rows(session, f"DROP INDEX {name}")
            for first in range(self.tickets + 1, tickets + 1, CHUNK):
                last = min(first + CHUNK - 1, tickets)
                postgres.rows(session, statement, values | {"first": first, "last": last})
            postgres.rows(session, "SET maintenance_work_mem = '512MB'")
            for _, definition in indexes:
                postgres.rows(session, definition)
            postgres.vacuum_analyze(self.stack, ["hotline"])
            self.serve("hotline")
        self.tickets = tickets
