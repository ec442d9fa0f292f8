// SPDX-License-Identifier: Apache-2.0
// cpp: an application in C++. Shows that constructors of global objects run before main, that virtual
// functions and new work, without exceptions and run-time type information.
#include <stdint.h>
#include <string.h>

#include "cortex_m33.h"
#include "mv_syscalls.h"

namespace
{

constexpr uint32_t ticks_per_second = 10;
volatile uint32_t ticks;

// Owns the buffer that log messages wait in. Its constructor runs before main.
class Logger
{
  public:
    Logger() : status_(mvServerLoggingInit(buffer_, sizeof buffer_))
    {
    }

    bool ready() const
    {
        return status_ == MV_STATUS_OKAY;
    }

    // Best effort: what finds no room is lost.
    void say(const char *text) const
    {
        (void)mvServerLog(reinterpret_cast<const uint8_t *>(text), static_cast<uint16_t>(strlen(text)));
    }

  private:
    alignas(512) uint8_t buffer_[4096];
    MvStatus status_;
};

class Shape
{
  public:
    virtual ~Shape() = default;
    virtual const char *name() const = 0;
};

class Circle : public Shape
{
  public:
    const char *name() const override
    {
        return "cpp shape=circle";
    }
};

class Square : public Shape
{
  public:
    const char *name() const override
    {
        return "cpp shape=square";
    }
};

Logger logger;

Shape *shape_make(uint32_t number)
{
    if (number % 2 == 0) {
        return new Circle;
    }
    return new Square;
}

} // namespace

extern "C" void SysTick_Handler(void)
{
    ticks = ticks + 1;
}

int main()
{
    uint32_t hclk_hz;
    uint32_t seconds = 0;

    if (!logger.ready() || mvGetHClk(&hclk_hz) != MV_STATUS_OKAY) {
        __builtin_trap(); // reported as a crash: there is no other way to say so without a log
    }
    cortex_systick_start(hclk_hz / ticks_per_second);
    logger.say("cpp started constructors=done");
    for (;;) {
        cortex_wait();
        if (ticks / ticks_per_second != seconds) {
            seconds = ticks / ticks_per_second;
            Shape *shape = shape_make(seconds);
            logger.say(shape->name());
            delete shape;
        }
    }
}
