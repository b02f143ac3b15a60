//! Dashboards: how a person and a team are getting on, each by the same few requests whatever there is to tell.

use axum::extract::State;
use directory::Membership;
use futures::future::{try_join, try_join4};
use kernel::{Limit, Operation, Page, PersonId, Subject, TeamId, access::reads_keys};
use training::{
    assessment::Attempt,
    competency::{Profile, gaps},
    dashboards::{Own, Seat, areas, hours, steps},
    model::Summary,
    rules::standing::{placement, summary},
    sessions::{Booking, Session, SessionState, Told},
    usecases::open_file,
};
use web::{Answer, Authenticated, Id, Listing, NoFilter, Refusal, Routes, kinds, routes};

use super::groups::of_team;
use crate::{
    app::{App, day},
    dto::{
        MatrixRowView, OwnCompetencyView, PageOf, PagingParams, PersonDashboardView, StepView, TeamAreaView,
        TeamDashboardView,
    },
    problems,
};

/// How many of a person's latest attempts are looked at for one that is open, and for tests that were taken.
const ATTEMPTS: u16 = 10;

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(person)).routes(routes!(team)).routes(routes!(matrix))
}

/// How a person is getting on: standing, what is open, hours of the year, seats, and what to do next. Competency, and
/// steps that rest on it, are told to the person alone.
#[utoipa::path(
    get, path = "/training/people/{person_id}/dashboard", tag = "dashboards",
    operation_id = Operation::ReadPersonDashboard.id(),
    responses((status = 200, description = "The dashboard.", body = PersonDashboardView)),
)]
async fn person(State(app): State<App>, who: Authenticated, Id(person): Id<PersonId>) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadPersonDashboard, person).await?;
    let (rules, at) = (app.rules().await?, who.cause.at);
    let desk = app.desk(&rules);
    let file = async { open_file(&desk, person).await.map_err(problems::training) };
    let catalogue = async { Ok::<_, Refusal>(app.ports.reader.catalogue().await?) };
    let seats = async { Ok::<_, Refusal>(app.ports.sessions.bookings_of(person).await?) };
    let mine = who.actor.person() == Some(person);
    let (file, catalogue, seats, own) = try_join4(file, catalogue, seats, own(&app, person, mine)).await?;

    let seat = |(session, booking): &(Session, Booking)| {
        let seated = match booking.told {
            Told::Seated { .. } => true,
            Told::Waiting => false,
            Told::CalledOff => return None,
        };
        let to_come = session.state == SessionState::Open && session.ends() > at;
        let (starts, course) = (session.facts.starts, session.course);
        to_come.then_some(Seat { session: session.id, course, starts, seated })
    };
    let mut seats: Vec<Seat> = seats.iter().filter_map(seat).collect();
    seats.sort_by_key(|seat| (seat.starts, seat.session));

    let (facts, settings) = (&file.head.facts, &rules.settings);
    let today = facts.today(at);
    let (mut known, mut competency) = (Own::default(), None);
    if let Some((profile, attempts)) = own {
        let targets = settings.targets(facts.job_role).cloned().unwrap_or_default();
        known = Own { gaps: gaps(&profile, &targets, &catalogue), attempts, takes_tests: !reads_keys(&who.actor) };
        let gaps = known.gaps.iter().cloned().map(Into::into).collect();
        competency = Some(OwnCompetencyView::of(&profile, gaps));
    }
    let Summary { open, overdue, waiting, next_due } = summary(&file, settings, today);
    let steps = steps(&file, &catalogue, settings, &known, &seats, at);
    Ok(Answer::ok(&PersonDashboardView {
        person_id: person,
        job_role: facts.job_role,
        standing: (&placement(&file, &catalogue, settings, today)).into(),
        open,
        overdue,
        waiting,
        next_due,
        hours: hours(&file, &catalogue, today).into(),
        seats: seats.iter().map(Into::into).collect(),
        competency,
        next: steps.into_iter().map(|step| StepView::of(step, person)).collect(),
    }))
}

/// What only the person is told of: nothing for anybody else.
async fn own(app: &App, person: PersonId, mine: bool) -> Result<Option<(Profile, Vec<Attempt>)>, Refusal> {
    if !mine {
        return Ok(None);
    }
    let few = Limit::new(ATTEMPTS).unwrap_or_default();
    let attempts = app.ports.assessments.attempts(person, few, None);
    let (profile, attempts) = try_join(app.ports.competency.profile(person), attempts).await?;
    Ok(Some((profile.unwrap_or_else(|| Profile::new(person)), attempts.items)))
}

/// How a team is getting on: its figures, as they are shown to the caller, and how it stands in the areas that its
/// members' roles are asked for, with what to do. Shares are told in ranges, and only of areas in which enough members
/// were judged.
#[utoipa::path(
    get, path = "/training/teams/{team_id}/dashboard", tag = "dashboards",
    operation_id = Operation::ReadTeamDashboard.id(),
    responses((status = 200, description = "The dashboard.", body = TeamDashboardView)),
)]
async fn team(State(app): State<App>, who: Authenticated, Id(team): Id<TeamId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadTeamDashboard, &Subject::team(team))?;
    let rules = app.rules().await?;
    let catalogue = async { Ok::<_, Refusal>(app.ports.reader.catalogue().await?) };
    let judged = of_team(&app, &who, &rules, team, None);
    let (catalogue, (figures, own)) = try_join(catalogue, judged).await?;
    let areas = areas(&own.areas, rules.settings.min_team, &catalogue);
    let areas = areas.into_iter().map(TeamAreaView::from).collect();
    Ok(Answer::ok(&TeamDashboardView { team_id: team, figures, areas }))
}

/// The members of a team by what is required of them, as a page: of each whose training the caller may read. Those of
/// whom training holds nothing yet are left out, so that a page may be short while there are more.
#[utoipa::path(
    get, path = "/training/teams/{team_id}/matrix", tag = "dashboards", operation_id = Operation::ReadTeamMatrix.id(),
    params(PagingParams),
    responses((status = 200, description = "A page of members.", body = PageOf<MatrixRowView>)),
)]
async fn matrix(
    State(app): State<App>,
    who: Authenticated,
    Id(team): Id<TeamId>,
    listing: Listing<NoFilter>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ReadTeamMatrix, &Subject::team(team))?;
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let today = day(who.cause.at);
    let known = async { app.ports.directory.team(team).await?.ok_or_else(|| Refusal::from(kinds::NOT_FOUND)) };
    let members = async { Ok::<_, Refusal>(app.ports.listing.members_of(team, today, limit, after).await?) };
    let (_, page) = try_join(known, members).await?;
    // Who is still to come is no member yet.
    let holds = |stays: &[Membership]| stays.iter().any(|stay| stay.span.contains(today));
    let people: Vec<PersonId> = page.items.iter().filter(|(_, stays)| holds(stays)).map(|(it, _)| it.id).collect();
    let learners = app.ports.reader.learners(&people).await?;
    let readable = learners.iter().filter(|learner| {
        let facts = &learner.facts;
        let subject = Subject { person: Some(facts.person), manager: facts.manager, teams: facts.teams(today) };
        who.may(Operation::ReadLearner, &subject).is_ok()
    });
    let rows = Page { items: readable.map(MatrixRowView::from).collect::<Vec<_>>(), next: page.next };
    Ok(Answer::page(&rows, &listing.paging))
}
