//! Studies whose device is lost again and again, for as long as one likes: the same report each time, and no memory kept.

use std::cell::RefCell;
use std::rc::Rc;

use stitchscope_core::engine::wgpu::Tuning;
use stitchscope_core::engine::{Engine, EngineError};
use stitchscope_core::platform::block_on;
use stitchscope_core::study::{Event, Flow, Memory, run_recovering};
use stitchscope_tests::{ADAPTERS, adapter, soak};

use crate::bench::{plan, run, small, timeless};

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
#[cfg_attr(not(without_adapters), ignore = "as long as one likes: `cargo xtask soak`")]
fn soak_lost_devices_cost_nothing_however_many_there_are() {
    let plan = plan(&small());
    let device = || adapter(ADAPTERS[0], Tuning::ForAdapter);
    let whole = timeless(run(&plan, device().as_ref(), &Memory::default()).unwrap());
    let memory = soak::rounds(|_| {
        let (doomed, next) = (device(), device());
        let first: Rc<dyn Engine> = Rc::clone(&doomed) as Rc<dyn Engine>;
        let devices = RefCell::new(vec![next as Rc<dyn Engine>, first]);
        let open = async || devices.borrow_mut().pop().ok_or(EngineError::ForeignBuffer);
        let hear = &mut |event: &Event| {
            if matches!(event, Event::Cell { .. }) {
                doomed.destroy();
            }
            Flow::Continue
        };
        let report = block_on(run_recovering(&plan, open, &Memory::default(), hear)).unwrap();
        assert_eq!(timeless(report), whole);
    });
    assert_eq!(soak::flat(&memory), Ok(()));
}
