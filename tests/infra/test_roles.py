"""What each role may do: named actions on named things, and of the table only the partitions that are its business."""

from __future__ import annotations

import re
from typing import Any

import pytest
from reading import listed, text

TABLE = "${Program.Arn}"
INDEXES = {"list", "next", "pending"}


def actions(statement: dict[str, Any]) -> list[str]:
    return listed(statement["Action"])


def on(statement: dict[str, Any]) -> list[str]:
    return [text(resource) for resource in listed(statement["Resource"])]


def table_statements(template):
    for role, statement, _ in template.statements():
        # The stream is the table's, but knows no keys: the relay's own statement on it is looked at below.
        if any(action.startswith("dynamodb:") for action in actions(statement)) and statement["Sid"] != "Stream":
            yield f"{role}.{statement['Sid']}", statement


@pytest.fixture(scope="module")
def partitions(rust) -> set[str]:
    """The beginning of every partition that `store::keys` can build, up to its first variable part."""
    source = rust["shared/store/src/keys.rs"] + "".join(
        text for path, text in rust.items() if path.startswith("shared/store/src/keys/") and "test" not in path
    )
    systems = set(re.findall(r'=> "(\w+)",', source.split("pub const fn prefix")[1].split("}")[0]))
    assert {"DIR", "TRAIN", "MAIL"} <= systems
    documented = re.findall(r"^/// `((?:<SYS>|[A-Z]+)#[^`/]*)", source, re.MULTILINE)
    beginnings = {key.strip().removeprefix("<SYS>").partition("<")[0] for key in documented}
    return {
        (system + beginning) if beginning.startswith("#") else beginning
        for beginning in beginnings
        for system in systems
    }


def test_every_statement_allows_and_has_a_name_of_its_own(template):
    seen = set()
    for role, statement, _ in template.statements():
        assert statement["Effect"] == "Allow" and set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert (role, statement["Sid"]) not in seen
        seen.add((role, statement["Sid"]))


def test_no_action_has_a_star(template):
    for role, statement, _ in template.statements():
        assert not [action for action in actions(statement) if "*" in action], f"{role}.{statement['Sid']}"


def test_any_resource_has_a_reason_and_every_reason_a_statement(template):
    needed, given = set(), set()
    for role, statement, reasons in template.statements():
        given |= {(role, sid) for sid in reasons}
        if "*" in on(statement):
            needed.add((role, statement["Sid"]))
    assert needed == given


def test_nothing_but_uploads_and_own_logs_is_reached_by_a_wildcard(template):
    for role, statement, _ in template.statements():
        for resource in on(statement):
            assert (
                "*" not in resource or resource == "*" or re.search(r"\}/uploads/(directory|training)/\*$", resource)
            ), f"{role}: {resource}"


def test_every_role_is_one_services(template):
    for name, role in template.of("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert len(listed(statement["Principal"]["Service"])) == 1, name
        assert statement["Action"] == "sts:AssumeRole"


def test_each_function_and_machine_has_a_role_of_its_own(template):
    worn = [text(one["Role"]) for one in template.of("AWS::Lambda::Function").values()]
    worn += [text(one["RoleArn"]) for one in template.of("AWS::StepFunctions::StateMachine").values()]
    assert len(worn) == len(set(worn))


def test_no_role_reads_whole_tables(template):
    for role, statement, _ in template.statements():
        assert not {"dynamodb:Scan", "dynamodb:PartiQLSelect"} & set(actions(statement)), role


def test_every_statement_on_the_table_names_partitions_that_exist(template, partitions):
    for name, statement in table_statements(template):
        prefixes = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        assert set(statement["Condition"]) == {"ForAllValues:StringLike"} and prefixes, name
        for prefix in prefixes:
            assert prefix.count("*") == prefix.endswith("*"), f"{name}: {prefix}"
            beginning = prefix.removesuffix("*")
            # A whole system, a kind of partition with a variable end, or one partition by its full name.
            whole_system = re.fullmatch(r"[A-Z]+#", beginning) and any(key.startswith(beginning) for key in partitions)
            assert whole_system or beginning in partitions, f"{name}: {prefix} is no partition of store::keys"
            assert beginning.endswith("#") == prefix.endswith("*"), f"{name}: {prefix}"


def test_indexes_are_queried_and_named_one_by_one(template):
    used = set()
    for name, statement in table_statements(template):
        resources = on(statement)
        if resources == [TABLE]:
            continue
        (index,) = resources
        assert index.startswith(f"{TABLE}/index/"), name
        assert actions(statement) == ["dynamodb:Query"], name
        used.add(index.rpartition("/")[2])
    assert used == INDEXES


def test_only_the_relay_reads_the_stream(template):
    streams = [(role, on(one)) for role, one, _ in template.statements() if "dynamodb:GetRecords" in actions(one)]
    assert streams == [("EventRelayRole", ["${Program.StreamArn}"])]


def test_only_the_mailer_sends_and_only_as_the_sender(template):
    senders = [(role, one) for role, one, _ in template.statements() if any("ses:" in a for a in actions(one))]
    ((role, statement),) = senders
    assert role == "MailerRole" and actions(statement) == ["ses:SendEmail"]
    assert text(statement["Condition"]["StringEquals"]["ses:FromAddress"]) == "${MailFrom}"


def test_only_training_and_the_mailer_read_the_link_key(template):
    readers = {role for role, one, _ in template.statements() if any("/link-key" in resource for resource in on(one))}
    assert readers == {"TrainingApiRole", "MailerRole"}


def test_only_the_apis_change_settings(template):
    writers = {role for role, one, _ in template.statements() if "ssm:PutParameter" in actions(one)}
    assert writers == {"DirectoryApiRole", "TrainingApiRole"}


def test_only_the_reminder_cycle_and_sessions_write_new_mails(template):
    writers = {
        name.partition(".")[0]
        for name, statement in table_statements(template)
        if "dynamodb:PutItem" in actions(statement)
        and "MAIL#PERSON#*" in statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    }
    assert writers == {"TrainingTasksRole", "TrainingApiRole", "ReactionsRole"}


def test_the_clock_people_and_changed_rules_start_machines_and_nothing_else(template):
    starters = {
        (role, resource)
        for role, one, _ in template.statements()
        if "states:StartExecution" in actions(one)
        for resource in on(one)
        if resource.startswith("${Training")
    }
    assert starters == {
        ("ScheduleRole", "${TrainingReminders}"),
        ("TrainingApiRole", "${TrainingReminders}"),
        ("TrainingApiRole", "${TrainingImport}"),
        ("ReactionsRole", "${TrainingReview}"),
    }


def test_whoever_reads_uploads_hears_of_a_missing_one(template):
    """S3 says 404 only to who may list the bucket, and that check knows no prefix: a condition would always fail."""
    readers, told = set(), {}
    for role, statement, _ in template.statements():
        if "s3:GetObject" in actions(statement):
            readers.add(role)
        if "s3:ListBucket" in actions(statement):
            told[role] = (actions(statement), on(statement), "Condition" in statement)
    assert readers == {f"{name}Role" for name in ("DirectoryApi", "TrainingApi", "DirectoryTasks", "TrainingTasks")}
    assert told == dict.fromkeys(readers, (["s3:ListBucket"], ["${Files.Arn}"], False))


def test_the_mail_of_the_mailer_is_all_it_writes(template):
    written = set()
    for name, statement in table_statements(template):
        if name.startswith("MailerRole.") and {"dynamodb:PutItem", "dynamodb:UpdateItem"} & set(actions(statement)):
            written.update(statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
    assert written == {"MAIL#PERSON#*", "MAIL#SUPPRESSED#*"}


# ---- the key: whoever uses an encrypted thing may use the key through it ----

THROUGH = {
    "dynamodb": ("dynamodb", set()),
    "sqs": ("sqs", {"sqs:SendMessage"}),
    "sns": ("sns", {"sns:Publish"}),
    "s3": ("s3", {"s3:PutObject"}),
    "ssm": ("ssm", set()),
}


def test_every_role_may_use_the_key_through_what_it_uses_and_nothing_else(template):
    uses: dict[str, set[str]] = {}
    writes: dict[str, bool] = {}
    for role, statement, _ in template.statements():
        for action in actions(statement):
            service = action.partition(":")[0]
            if service in THROUGH:
                through, writing = THROUGH[service]
                uses.setdefault(role, set()).add(through)
                writes[role] = writes.get(role, False) or action in writing
    granted: dict[str, set[str]] = {}
    for role, statement, _ in template.statements():
        if any(action.startswith("kms:") for action in actions(statement)):
            assert on(statement) == ["${Key.Arn}"], role
            through = listed(statement["Condition"]["StringEquals"]["kms:ViaService"])
            granted[role] = {text(one).partition(".")[0] for one in through}
            expected = {"kms:Decrypt", "kms:GenerateDataKey"} if writes[role] else {"kms:Decrypt"}
            assert set(actions(statement)) == expected, role
    assert granted == uses
