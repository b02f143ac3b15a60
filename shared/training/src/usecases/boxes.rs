//! The weekly digests of managers, next managers and security contacts. Whose box it is was settled when a line was put;
//! who reads it is settled now: the owner, or when the owner cannot be reached the delegate, the next manager and so
//! on, and at last the program's people.

use std::collections::BTreeSet;

use futures::future::join_all;
use jiff::Timestamp;
use kernel::{Cause, Commit, LocalTime, PersonId, StoreError, TeamId, ZoneName};

use super::{
    Desk, TRIES,
    remind::{AT_ONCE, PageDone, PageOf},
};
use crate::{
    TrainingError, Write,
    model::{BoxKind, BoxLine, Catalogue, Facts, Scope, Tray},
    rules::{digest::box_mail, due},
    settings::Delivery,
};

/// How far up a chain of managers a reader is looked for.
const CHAIN: usize = 6;
/// Days between two digests of a box.
const WEEK: i32 = 7;

/// Visits a page of boxes that are due. A box that cannot be visited is counted and stays due.
///
/// # Errors
/// Store errors of the page itself.
pub async fn digest_page(desk: &Desk<'_>, page: PageOf<'_>, cause: &Cause) -> Result<PageDone, TrainingError> {
    let due = desk.reader.due_boxes(page.shard, page.until, page.limit, page.after).await?;
    let mut done = PageDone { next: due.next, ..PageDone::default() };
    let catalogue = desk.reader.catalogue().await?;
    let mut boxes = due.items.as_slice();
    while !boxes.is_empty() {
        let left = page.budget.saturating_sub(done.counts.mails);
        let at_once = usize::try_from(left).unwrap_or(AT_ONCE).min(AT_ONCE).min(boxes.len());
        if at_once == 0 {
            done.budget_exhausted = true;
            done.next = None;
            break;
        }
        let (now, later) = boxes.split_at(at_once);
        boxes = later;
        let visits =
            now.iter().map(|(owner, kind)| visit(desk, *owner, *kind, page.ignore_send_hour, &catalogue, cause));
        for visited in join_all(visits).await {
            done.counts.boxes += 1;
            match visited {
                Ok(mailed) => done.counts.mails += u64::from(mailed),
                Err(_) => done.counts.failed += 1,
            }
        }
    }
    Ok(done)
}

/// Visits one box at the cause's instant; says whether a digest was written.
///
/// # Errors
/// Store errors. A lost race is read and decided again a few times.
pub async fn digest_box(
    desk: &Desk<'_>,
    owner: PersonId,
    kind: BoxKind,
    ignore_send_hour: bool,
    cause: &Cause,
) -> Result<bool, TrainingError> {
    let catalogue = desk.reader.catalogue().await?;
    visit(desk, owner, kind, ignore_send_hour, &catalogue, cause).await
}

async fn visit(
    desk: &Desk<'_>,
    owner: PersonId,
    kind: BoxKind,
    ignore_send_hour: bool,
    catalogue: &Catalogue,
    cause: &Cause,
) -> Result<bool, TrainingError> {
    let mut tries = TRIES;
    loop {
        let Some(tray) = desk.reader.tray(owner, kind).await? else { return Ok(false) };
        let lines = match (kind, desk.reader.lines(owner, kind).await?) {
            (BoxKind::Manager, lines) => lines,
            (BoxKind::Escalation, lines) => without_small_teams(desk, lines).await?,
        };
        let reader = reader(desk, owner, &lines, cause.at).await?;
        let (next, mail) = decide(desk, &tray, &lines, reader.as_ref(), catalogue, ignore_send_hour, cause.at);
        if next == tray {
            return Ok(false);
        }
        let mailed = mail.is_some();
        let before = tray.version;
        let mut commit = Commit::of(vec![Write::Tray { before, tray: Tray { version: before.next(), ..next } }]);
        commit.mails.extend(mail);
        match desk.writer.commit(commit, cause).await {
            Ok(()) => return Ok(mailed),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes the team off lines of teams in which fewer people count than the settings ask for: numbers under such a name would
/// be its members'. They are told together.
async fn without_small_teams(desk: &Desk<'_>, mut lines: Vec<BoxLine>) -> Result<Vec<BoxLine>, StoreError> {
    let teams: BTreeSet<TeamId> = lines.iter().filter_map(|line| line.team).collect();
    let mut large = BTreeSet::new();
    for team in teams {
        let stored = desk.reader.roll_up(&Scope::Team(team), None).await?;
        if stored.is_some_and(|stored| stored.roll_up.people >= i64::from(desk.settings.min_team)) {
            large.insert(team);
        }
    }
    for line in &mut lines {
        line.team = line.team.filter(|team| large.contains(team));
    }
    Ok(lines)
}

/// Decides on a box: at most one digest a week, from the reader's send hour on.
fn decide(
    desk: &Desk<'_>,
    tray: &Tray,
    lines: &[BoxLine],
    reader: Option<&Facts>,
    catalogue: &Catalogue,
    ignore_send_hour: bool,
    now: Timestamp,
) -> (Tray, Option<kernel::MailDraft>) {
    let hour = i8::try_from(desk.settings.send_hour).unwrap_or(8);
    let zone = reader.map_or_else(utc, |facts| Some(facts.zone.clone()));
    let today = zone.as_ref().map_or_else(jiff::civil::Date::default, |zone| zone.date_at(now));
    let at = |day| zone.as_ref().map(|zone| zone.instant_of(day, hour));
    let mut next = tray.clone();
    if lines.is_empty() {
        // Twice empty, a week apart, and nobody wrote in between: it sleeps until somebody puts a line.
        next.empty_visits = tray.empty_visits.saturating_add(1);
        next.next_at = if next.empty_visits > 1 { None } else { at(due::plus(today, WEEK)) };
        return (next, None);
    }
    next.empty_visits = 0;
    let delivery = reader.map_or(Delivery::None, |facts| desk.mail.delivery(&facts.teams(today)));
    let real = match delivery {
        // Nobody can be told now: tomorrow somebody may be back, or mail may be on.
        Delivery::None => {
            next.next_at = at(due::plus(today, 1));
            return (next, None);
        }
        Delivery::Preview => false,
        Delivery::Real => true,
    };
    let last = if real { tray.last_digest } else { tray.last_digest.max(tray.last_preview) };
    if let Some(from) = last.map(|last| due::plus(last, WEEK)).filter(|from| *from > today) {
        next.next_at = at(from);
        return (next, None);
    }
    if !ignore_send_hour && at(today).is_some_and(|at| at > now) {
        next.next_at = at(today);
        return (next, None);
    }
    let mail = reader.and_then(|facts| box_mail(tray.kind, facts.person, lines, catalogue, real, today, now));
    if mail.is_none() {
        next.next_at = at(due::plus(today, 1));
        return (next, None);
    }
    if real {
        next.last_digest = Some(today);
    } else {
        next.last_preview = Some(today);
    }
    next.next_at = at(due::plus(today, WEEK));
    (next, mail)
}

fn utc() -> Option<ZoneName> {
    ZoneName::parse("UTC").ok()
}

/// Who reads a box today: the owner, the delegate, the next manager and so on, at last the program's people. Whoever a
/// line is about is passed over while somebody else can be found.
async fn reader(
    desk: &Desk<'_>,
    owner: PersonId,
    lines: &[BoxLine],
    now: Timestamp,
) -> Result<Option<Facts>, TrainingError> {
    let fits =
        |facts: &Facts| facts.is_reachable(facts.today(now)) && lines.iter().all(|line| line.person != facts.person);
    let mut person = owner;
    let mut seen = Vec::new();
    for _ in 0..CHAIN {
        seen.push(person);
        let Some(facts) = desk.roster.facts(person).await? else { break };
        if facts.person == owner && facts.is_reachable(facts.today(now)) || fits(&facts) {
            return Ok(Some(facts));
        }
        if let Some(delegate) = facts.delegate
            && let Some(delegate) = desk.roster.facts(delegate).await?.filter(&fits)
        {
            return Ok(Some(delegate));
        }
        match facts.manager {
            Some(manager) if !seen.contains(&manager) => person = manager,
            _ => break,
        }
    }
    for admin in &desk.settings.program_admins {
        if let Some(admin) = desk.roster.facts(*admin).await?.filter(&fits) {
            return Ok(Some(admin));
        }
    }
    Ok(None)
}
