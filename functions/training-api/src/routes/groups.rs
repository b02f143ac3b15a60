//! Figures of teams, departments and the company, from roll-ups: the same few reads whatever the head count.

use axum::extract::State;
use jiff::civil::Date;
use kernel::{Operation, Subject, TeamId};
use training::{
    model::{RollUp, Scope},
    rules::standing::{judge, judge_team},
};
use web::{Answer, Authenticated, Id, Query, Refusal, Routes, kinds, routes};

use crate::{
    app::{App, Rules},
    dto::GroupView,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(team)).routes(routes!(department)).routes(routes!(company))
}

async fn figures(app: &App, scope: &Scope, as_of: Option<Date>) -> Result<RollUp, Refusal> {
    let stored = app.ports.reader.roll_up(scope, as_of).await?;
    Ok(stored.map_or(RollUp::ZERO, |stored| stored.roll_up))
}

/// A team's compliance and completion. A team with too few people is judged by its department, and so is one that would
/// leave too few of it.
#[utoipa::path(
    get, path = "/training/teams/{team_id}", tag = "figures", operation_id = Operation::ReadTeamTraining.id(),
    params(crate::dto::AsOf),
    responses((status = 200, description = "The figures.", body = GroupView)),
)]
async fn team(
    State(app): State<App>,
    who: Authenticated,
    Id(team): Id<TeamId>,
    Query(crate::dto::AsOf { as_of }): Query<crate::dto::AsOf>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ReadTeamTraining, &Subject::team(team))?;
    let rules = app.rules().await?;
    let (figures, _) = of_team(&app, &who, &rules, team, as_of.map(Date::from)).await?;
    Ok(Answer::ok(&figures))
}

/// A team's figures as they are shown to the caller, and its own sums, which are not.
pub(crate) async fn of_team(
    app: &App,
    who: &Authenticated,
    rules: &Rules,
    team: TeamId,
    as_of: Option<Date>,
) -> Result<(GroupView, RollUp), Refusal> {
    let department = app.ports.directory.team(team).await?.ok_or(kinds::NOT_FOUND)?.department.as_str().to_owned();
    let own = figures(app, &Scope::Team(team), as_of).await?;
    // Who may read of each person anyway is hidden no difference.
    let reads_people = who.may(Operation::ReadLearner, &Subject::program()).is_ok();
    let mut beside = Vec::new();
    if !reads_people {
        let mut others: Vec<TeamId> = who.actor.teams.iter().chain(&who.actor.leads).copied().collect();
        others.sort_unstable();
        others.dedup();
        others.retain(|other| *other != team);
        for other in app.ports.directory.teams(&others).await? {
            if other.department.as_str() == department {
                beside.push(figures(app, &Scope::Team(other.id), as_of).await?);
            }
        }
    }
    let larger = if !reads_people || own.people < i64::from(rules.settings.min_team) {
        Some(figures(app, &Scope::Department(department), as_of).await?)
    } else {
        None
    };
    let judgement = judge_team(&own, larger.as_ref(), &beside, &rules.settings);
    Ok((GroupView::of(&judgement, as_of), own))
}

/// A department's compliance and completion.
#[utoipa::path(
    get, path = "/training/departments/{code}", tag = "figures", operation_id = Operation::ReadDepartmentTraining.id(),
    params(crate::dto::AsOf),
    responses((status = 200, description = "The figures; `insufficient_data` for a department that nobody is in.", body = GroupView)),
)]
async fn department(
    State(app): State<App>,
    who: Authenticated,
    Id(code): Id<String>,
    Query(crate::dto::AsOf { as_of }): Query<crate::dto::AsOf>,
) -> Result<Answer, Refusal> {
    let as_of = as_of.map(Date::from);
    who.may(Operation::ReadDepartmentTraining, &Subject::program())?;
    if code.len() > 100 || code.contains('#') {
        return Err(kinds::NOT_FOUND.into());
    }
    large(&app, &Scope::Department(code), as_of).await
}

/// The company's compliance and completion.
#[utoipa::path(
    get, path = "/training/company", tag = "figures", operation_id = Operation::ReadCompanyTraining.id(),
    params(crate::dto::AsOf),
    responses((status = 200, description = "The figures.", body = GroupView)),
)]
async fn company(
    State(app): State<App>,
    who: Authenticated,
    Query(crate::dto::AsOf { as_of }): Query<crate::dto::AsOf>,
) -> Result<Answer, Refusal> {
    let as_of = as_of.map(Date::from);
    who.may(Operation::ReadCompanyTraining, &Subject::program())?;
    large(&app, &Scope::Company, as_of).await
}

/// Groups of fewer people than the settings ask for are not shown: their figures would show their members'.
async fn large(app: &App, scope: &Scope, as_of: Option<Date>) -> Result<Answer, Refusal> {
    let rules = app.rules().await?;
    let own = figures(app, scope, as_of).await?;
    let shown = if own.people < i64::from(rules.settings.min_team) { RollUp::ZERO } else { own };
    Ok(Answer::ok(&GroupView::of(&judge(&shown, &rules.settings), as_of)))
}
