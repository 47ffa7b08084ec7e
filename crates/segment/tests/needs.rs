//! Needs that people decide on, expectations, and whether an observation suffices to enforce a plan.
#![expect(unreachable_pub, clippy::unwrap_used, reason = "tests stop loudly; their helpers are a module")]

mod common;

use common::{add, claim, estate, ip, knowledge, talk};
use cordon_model::identify::{Attribute, DeviceConversation, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedDecision, NeedOrigin, NeedState, Party};
use cordon_model::{Category, HourOfWeek, Mac, Timestamp};
use cordon_segment::decide::{Decided, DecidedFlow, Decision, EndName, resolve};
use cordon_segment::{Plan, Settings, plan, verify};

const DAY: i64 = 86_400_000_000;

fn today() -> Timestamp {
    Timestamp::from_date(2026, 11, 22).unwrap()
}

/// A conversation of four weeks, in every hour of the week.
fn long(from: usize, to: usize, transport: Transport, port: u16) -> DeviceConversation {
    let mut talk = talk(from, to, transport, port);
    talk.conversation.last = talk.conversation.first.plus_micros(28 * DAY);
    for hour in 0..168 {
        talk.conversation.hours.add(HourOfWeek::new(hour).unwrap(), 1);
    }
    talk
}

fn device(id: &str) -> EndName {
    EndName { device: Some(id.to_owned()), ..EndName::default() }
}

fn flow(from: EndName, to: EndName, ports: &[u16], line: u32) -> DecidedFlow {
    DecidedFlow {
        id: None,
        from,
        to,
        transport: Transport::Tcp,
        ports: ports.to_vec(),
        application: None,
        expected: None,
        expected_of_to: false,
        purpose: None,
        line,
    }
}

fn decision(rejects: bool, flows: Vec<DecidedFlow>) -> Decision {
    let decision = NeedDecision { by: "Anna".into(), when: today(), because: "asked the ward".into() };
    Decision { rejects, decision, purpose: Some("work".into()), until: None, care_critical: false, flows }
}

fn decided(estate: &Estate, decisions: &[Decision]) -> Decided {
    resolve(estate, decisions, "needs.toml", today()).unwrap()
}

fn planned(estate: &Estate, decisions: &[Decision]) -> Plan {
    let settings = Settings { decided: decided(estate, decisions), ..Settings::default() };
    plan(estate, &[], knowledge(), &settings)
}

fn in_state(plan: &Plan, state: NeedState) -> Vec<&Need> {
    plan.needs.iter().filter(|need| need.state == state).collect()
}

#[test]
fn a_confirmation_replaces_the_proposal_and_keeps_what_was_seen() {
    let mut site = estate(&[Category::Other, Category::Other]);
    add(&mut site, long(0, 1, Transport::Tcp, 8443));
    add(&mut site, long(0, 1, Transport::Tcp, 9000));
    let mut yes = decision(false, vec![flow(device("dev-00000"), device("dev-00001"), &[8443], 7)]);
    yes.care_critical = true;
    yes.until = Some(today());
    let plan = planned(&site, &[yes]);
    let confirmed = in_state(&plan, NeedState::Confirmed);
    assert_eq!(confirmed.len(), 1);
    let need = confirmed[0];
    assert_eq!(
        (need.ports.as_slice(), need.origin, need.care_critical),
        (&[8443][..], NeedOrigin::Person, true)
    );
    assert_eq!(need.source, "needs.toml line 7");
    let seen = need.seen.unwrap();
    assert!(seen.weekday && seen.night && seen.weekend && seen.hours == 168 && seen.flows == 1);
    let proposed = in_state(&plan, NeedState::Proposed);
    assert_eq!(proposed.len(), 1);
    assert_eq!(proposed[0].ports, [9000]);
    assert!(verify(&plan, &site).passed());
}

#[test]
fn what_is_rejected_or_past_its_day_stays_in_sight_and_opens_nothing() {
    let mut site = estate(&[Category::Other, Category::Other]);
    add(&mut site, long(0, 1, Transport::Tcp, 8443));
    let flows = || vec![flow(device("dev-00000"), device("dev-00001"), &[8443], 3)];
    let no = planned(&site, &[decision(true, flows())]);
    let mut past = decision(false, flows());
    past.until = Some(today().plus_micros(-DAY));
    let past = planned(&site, &[past]);
    for (plan, words) in [(&no, "rejected by Anna"), (&past, "its day is past")] {
        assert_eq!(in_state(plan, NeedState::Rejected).len(), 1);
        assert!(plan.rules.is_empty());
        assert!(plan.withheld[0].reason.contains(words), "{:?}", plan.withheld);
        assert!(in_state(plan, NeedState::Rejected)[0].seen.is_some());
        assert!(verify(plan, &site).passed());
    }
}

#[test]
fn a_decision_finds_a_device_that_is_named_anew() {
    let mut site = estate(&[Category::Other, Category::Other]);
    let mac: Mac = "00:1b:0d:20:30:01".parse().unwrap();
    site.devices[0].macs.push(mac);
    site.devices[0].claims.push(claim(Attribute::AssetTag, "T-77"));
    let named = |tag: Option<&str>, mac: Option<Mac>, at: Option<usize>| EndName {
        device: Some("dev-as-it-was".into()),
        asset_tag: tag.map(str::to_owned),
        mac,
        ip: at.map(ip),
        ..EndName::default()
    };
    let server = || EndName { ip: Some(ip(1)), ..EndName::default() };
    for name in [named(Some("t-77"), None, None), named(None, Some(mac), Some(1)), named(None, None, Some(0))]
    {
        let found = decided(&site, &[decision(false, vec![flow(name, server(), &[1], 1)])]);
        assert_eq!(found.confirmed[0].from, Party::Device(DeviceId::new("dev-00000")));
        assert_eq!(found.confirmed[0].to, Party::Device(DeviceId::new("dev-00001")));
    }
    // Another machine has its address now: the MAC says that it is not the one that was meant.
    let gone = named(None, Some("00:1b:0d:20:30:99".parse().unwrap()), Some(0));
    let found = decided(&site, &[decision(false, vec![flow(gone, server(), &[1], 4)])]);
    assert!(found.confirmed.is_empty());
    assert_eq!(found.unresolved[0].line, 4);
    let outside = EndName { ip: Some("198.51.100.7".parse().unwrap()), ..EndName::default() };
    let found = decided(&site, &[decision(false, vec![flow(device("dev-00000"), outside, &[443], 1)])]);
    assert_eq!(found.confirmed[0].to, Party::Outside("198.51.100.7".into()));
}

#[test]
fn contradictions_name_both_lines() {
    let site = estate(&[Category::InfusionPump, Category::InfusionPump, Category::InfusionGateway]);
    let pumps = EndName { category: Some(Category::InfusionPump), ..EndName::default() };
    let yes = decision(false, vec![flow(pumps, device("dev-00002"), &[443], 9)]);
    let by_address = EndName { ip: Some(ip(1)), ..EndName::default() };
    let no = decision(true, vec![flow(by_address, device("dev-00002"), &[80, 443], 21)]);
    let against = resolve(&site, &[yes, no], "needs.toml", today()).unwrap_err();
    assert_eq!(against.len(), 1);
    assert_eq!(against[0].lines, (9, 21));
    assert!(against[0].why.contains("line 9 confirms and line 21 rejects"), "{}", against[0].why);
}

/// A pump and its gateway, seen for four weeks.
fn pumps() -> Estate {
    let mut site = estate(&[Category::InfusionPump, Category::InfusionGateway]);
    add(&mut site, long(0, 1, Transport::Tcp, 8443));
    site
}

fn answer(expected: &str, rejects: bool, from: &str) -> Decision {
    let mut flow =
        flow(device(from), EndName { zone: Some("zone-pumps".into()), ..EndName::default() }, &[], 30);
    flow.expected = Some(expected.to_owned());
    decision(rejects, vec![flow])
}

#[test]
fn a_device_is_ready_once_everything_is_seen_confirmed_or_answered_for() {
    let site = pumps();
    let confirm = || decision(false, vec![flow(device("dev-00000"), device("dev-00001"), &[8443], 1)]);
    let open = planned(&site, &[]);
    assert!(!open.coverage[0].ready && open.coverage[0].why.contains("not confirmed"), "{:?}", open.coverage);
    let part = planned(&site, &[confirm()]);
    assert!(
        !part.coverage[1].ready && part.coverage[1].why.contains("usually needs to"),
        "{:?}",
        part.coverage
    );
    let expectations: Vec<&Need> = in_state(&part, NeedState::ExpectedNotSeen);
    assert!(expectations.iter().all(|need| need.origin == NeedOrigin::Template));
    let mut all = vec![confirm()];
    for need in expectations {
        let id = need.expected_of.as_ref().unwrap();
        all.push(answer(&need.purpose, true, id.as_str()));
    }
    let whole = planned(&site, &all);
    assert!(whole.coverage.iter().all(|coverage| coverage.ready), "{:?}", whole.coverage);
    assert_eq!(in_state(&whole, NeedState::ExpectedNotSeen).len(), 0);
    assert_eq!(in_state(&whole, NeedState::Rejected).len(), all.len() - 1);
    // The same answers after a fortnight without nights are not enough.
    let mut days = site.clone();
    let flow = &mut days.conversations[0].conversation;
    flow.hours = Default::default();
    for day in 0..7 {
        flow.hours.add(HourOfWeek::new(day * 24 + 10).unwrap(), 9);
    }
    let days = planned(&days, &all);
    assert!(
        days.coverage.iter().all(|one| !one.ready && one.why.contains("nights are missing")),
        "{:?}",
        days.coverage
    );
}

#[test]
fn a_rejected_expectation_says_nothing_of_flows_that_are_seen() {
    let site = pumps();
    let purpose = "take a new drug library from the pharmacy";
    let plan = planned(&site, &[answer(purpose, true, "dev-00000")]);
    assert_eq!(in_state(&plan, NeedState::Proposed).len(), 1);
    assert_eq!(plan.rules.len(), 1);
}

#[test]
fn what_is_rare_asks_no_more_once_it_would_have_shown_itself() {
    let mut site = pumps();
    let rare = |site: &Estate| planned(site, &[]).coverage[1].rare.len();
    assert!(rare(&site) > 0);
    let flow = &mut site.conversations[0].conversation;
    flow.last = flow.first.plus_micros(200 * DAY);
    assert_eq!(rare(&site), 0);
}

/// Whom a pump is expected to need for its drug libraries.
fn gateway_of(site: &Estate, pump: usize) -> Party {
    let plan = planned(site, &[]);
    let is = |need: &&&Need| {
        need.purpose == "fetch drug libraries, report infusions" && need.from == site_party(site, pump)
    };
    in_state(&plan, NeedState::ExpectedNotSeen).iter().find(is).unwrap().to.clone()
}

fn site_party(site: &Estate, at: usize) -> Party {
    Party::Device(site.devices.get(at).unwrap().id.clone())
}

#[test]
fn a_pump_is_not_expected_to_use_another_makers_gateway() {
    let pump = Category::InfusionPump;
    let mut site = estate(&[pump, pump, Category::InfusionGateway, Category::InfusionGateway]);
    let made = |site: &mut Estate, at: usize, maker: &str| {
        site.devices[at].claims.push(claim(Attribute::Manufacturer, maker));
    };
    made(&mut site, 0, "Acme");
    made(&mut site, 1, "Acme");
    made(&mut site, 2, "Other");
    // Neither another maker's gateway nor one of an unknown maker.
    assert!(gateway_of(&site, 0).is_not_known());
    made(&mut site, 3, "Acme");
    assert_eq!(gateway_of(&site, 0), site_party(&site, 3));
    // What other pumps of the model use says more than the maker's name.
    add(&mut site, long(1, 2, Transport::Tcp, 8443));
    assert_eq!(gateway_of(&site, 0), site_party(&site, 2));
}

#[test]
fn each_need_says_how_well_it_was_observed() {
    let site = pumps();
    let settings = Settings::default();
    let plan = plan(&site, &[], knowledge(), &settings);
    let rows = cordon_segment::need_coverage(&plan, &settings);
    assert_eq!(rows.len(), plan.needs.len());
    let of = |state: NeedState| rows.iter().filter(move |row| row.state == state);
    let seen: Vec<_> = of(NeedState::Proposed).collect();
    assert_eq!(seen.len(), 1);
    assert!(!seen[0].enough && seen[0].why.contains("not confirmed"), "{}", seen[0].why);
    assert!(seen[0].watched_days.is_some_and(|days| (days - 28.0).abs() < 0.1));
    assert!(of(NeedState::ExpectedNotSeen).any(|row| row.rare && !row.enough));
    assert!(of(NeedState::ExpectedNotSeen).any(|row| !row.rare && !row.enough && row.seen.is_none()));
}
